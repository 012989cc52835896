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
        string typed = rest[(rest.LastIndexOf(' ') + 1)..];
        var parsed = context.Root.Parse(rest);
        var command = parsed.CommandResult.Command;
        // Options are offered once a dash is typed; else they would stand in the way of file names, which the shell adds where nothing fits.
        var words = parsed.GetCompletions(rest.Length).Select(c => c.InsertText ?? c.Label)
            .Where(w => w.StartsWith(typed, StringComparison.Ordinal) && (w.StartsWith("--", StringComparison.Ordinal) ? typed.Length > 0 : w[0] != '-'))
            .Where(w => !command.Subcommands.Any(c => c.Hidden && c.Name == w))
            .Select(w => new Word(w, Describe(command, w)))
            .ToList();
        context.Output.Result(words, text =>
        {
            foreach (var word in words) text.WriteLine(word.Description is null ? word.Text : $"{word.Text}\t{word.Description}");
        });
        return ExitCode.Success;
    }

    private static string? Describe(Command command, string word)
    {
        var options = command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive)));
        var symbol = options.Cast<Symbol>().Concat(command.Subcommands).FirstOrDefault(s => s.Name == word);
        return symbol?.Description is { } text ? HelpWriter.FirstSentence(text) : null;
    }

    private sealed record Word(string Text, string? Description);
}
