using System.CommandLine;
using System.Globalization;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>Writes help: two columns, aligned over all groups of a page, wrapped to the width of the terminal.</summary>
internal sealed class HelpWriter(TextWriter writer, int width)
{
    private const int Indent = 2;
    private const int WidestFirstColumn = 34;

    /// <summary>What lists of commands show of a description; the command's own help shows all of it.</summary>
    public static string FirstSentence(string text) => text.IndexOf(". ", StringComparison.Ordinal) is var end and > 0 ? text[..(end + 1)] : text;

    public void Write(Command command)
    {
        if (command is RootCommand root) WriteRoot(root);
        else WriteCommand(command);
    }

    private void WriteRoot(RootCommand root)
    {
        WriteParagraph(root.Description!);
        writer.WriteLine();
        writer.WriteLine("Usage: darkroom COMMAND [OPTIONS]");
        var sections = new List<Section>();
        foreach (var group in root.Subcommands.OfType<CliCommand>().Where(c => !c.Hidden).GroupBy(c => c.Group).OrderBy(g => g.Key))
            sections.Add(new Section(group.Key.ToString(), [.. group.Select(c => new Row(c.Name, FirstSentence(c.Description!)))]));
        sections.Add(new Section("Options of every command", Rows(root.Options)));
        sections.Add(new Section("Exit codes", [.. Enum.GetValues<ExitCode>().Select(c =>
            new Row(((int)c).ToString(CultureInfo.InvariantCulture), ExitCodes.Describe(c)))]));
        WriteSections(sections);
        writer.WriteLine();
        WriteParagraph("Defaults: an option that is not given is taken from the environment (DARKROOM_MODEL for --model, DARKROOM_STEPS for --steps, " +
            "and so on), then from darkroom.json in the current folder, then from that in the user's configuration folder. See darkroom config --help.");
        writer.WriteLine();
        writer.WriteLine("More: darkroom COMMAND --help");
    }

    private void WriteCommand(Command command)
    {
        WriteParagraph(command.Description!);
        writer.WriteLine();
        var subcommands = command.Subcommands.Where(c => !c.Hidden).ToList();
        string arguments = string.Concat(command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 ? $" [{a.Name}]" : $" {a.Name}"));
        string needed = string.Concat(command.Options.Where(o => o is ICliOption { MustBeGiven: true }).Select(o => $" {o.Name} {o.HelpName}"));
        writer.WriteLine($"Usage: {CommandTree.PathOf(command)}{(subcommands.Count > 0 ? " COMMAND" : "")}{arguments}{needed} [OPTIONS]");
        WriteSections(
        [
            new Section("Commands", [.. subcommands.Select(c => new Row(c.Name, FirstSentence(c.Description!)))]),
            new Section("Arguments", [.. command.Arguments.Select(a => new Row(a.Name, a.Description!))]),
            .. command.Options.GroupBy(o => (o as ICliOption)?.Section ?? ICliOption.DefaultSection).Select(g => new Section(g.Key, Rows(g))),
            new Section("Settings that --set changes", [.. ((command as CliCommand)?.Changeable ?? []).Select(s =>
                new Row(s.Name, s.Description + (s.Value is null ? "" : $" [preset: {s.Value}]")))]),
            new Section("Options of every command", Rows(command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive)))),
        ]);
        if (command is not CliCommand { Examples: { Count: > 0 } examples }) return;
        writer.WriteLine();
        writer.WriteLine("Examples");
        foreach (var example in examples)
        {
            WriteParagraph("# " + example.Description, Indent);
            writer.WriteLine(new string(' ', Indent) + example.CommandLine);
        }
    }

    private static List<Row> Rows(IEnumerable<Option> options) => [.. options.Where(o => !o.Hidden).Select(o => new Row(
        string.Join(", ", o.Aliases.OrderBy(a => a.Length).Append(o.Name)) + (o.HelpName is null ? "" : " " + o.HelpName),
        o.Description + (o is ICliOption { DefaultText: { } text } ? $" [default: {text}]" : "")))];

    private void WriteSections(IReadOnlyList<Section> sections)
    {
        int column = sections.SelectMany(s => s.Rows).Select(r => r.Name.Length).Where(l => l <= WidestFirstColumn).DefaultIfEmpty(0).Max();
        foreach (var section in sections.Where(s => s.Rows.Count > 0))
        {
            writer.WriteLine();
            writer.WriteLine(section.Title);
            foreach (var row in section.Rows) WriteRow(row, column);
        }
    }

    private void WriteRow(Row row, int column)
    {
        int start = Indent + column + 2;
        writer.Write(new string(' ', Indent) + row.Name);
        int at = Indent + row.Name.Length;
        foreach (string line in Wrap(row.Text, width - start))
        {
            if (at > start - 2)
            {
                writer.WriteLine();
                at = 0;
            }
            writer.Write(new string(' ', start - at) + line);
            at = int.MaxValue;
        }
        writer.WriteLine();
    }

    private void WriteParagraph(string text, int indent = 0)
    {
        foreach (string line in Wrap(text, width - indent)) writer.WriteLine(new string(' ', indent) + line);
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        width = Math.Max(width, 20);
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : line + " " + word;
            }
        }
        yield return line;
    }

    private sealed record Row(string Name, string Text);

    private sealed record Section(string Title, IReadOnlyList<Row> Rows);
}
