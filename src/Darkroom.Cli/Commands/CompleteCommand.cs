using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom complete LINE: what the completion scripts ask; prints the words that fit at the end of the line.</summary>
internal sealed class CompleteCommand : CliCommand
{
    private readonly Argument<string> _line = new("LINE") { Description = "The line typed so far, up to the cursor." };

    public CompleteCommand() : base("complete", "The words that fit at the end of a command line, for completion scripts.") => Arguments.Add(_line);

    public override IReadOnlyList<Example> Examples { get; } = [new("darkroom complete -- 'darkroom comp'", "what a shell asks")];

    public override ExitCode Run(CommandContext context)
    {
        string line = context.Get(_line).TrimStart();
        int name = line.IndexOf(' ', StringComparison.Ordinal);
        string rest = name < 0 ? "" : line[(name + 1)..];
        var words = context.Root.Parse(rest).GetCompletions(rest.Length)
            .Select(c => new Word(c.InsertText ?? c.Label, Describe(c.Documentation)))
            .Where(w => !Hides(context.Root, w.Text) && !IsShortForm(w.Text))
            .ToList();
        context.Output.Result(words, text =>
        {
            foreach (var word in words) text.WriteLine(word.Description is null ? word.Text : $"{word.Text}\t{word.Description}");
        });
        return ExitCode.Success;
    }

    private static bool IsShortForm(string word) => word is ['-', not '-', ..];

    private static bool Hides(RootCommand root, string word) => root.Subcommands.Any(c => c.Hidden && c.Name == word);

    private static string? Describe(string? documentation) =>
        string.IsNullOrEmpty(documentation) ? null : documentation.ReplaceLineEndings(" ").Replace('\t', ' ');

    private sealed record Word(string Text, string? Description);
}
