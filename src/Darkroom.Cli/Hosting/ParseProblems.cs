using System.CommandLine;
using System.CommandLine.Parsing;
using Darkroom.Cli.Options;

namespace Darkroom.Cli.Hosting;

/// <summary>Says what is wrong with a command line: every unknown word with a suggestion, and every wrong value.</summary>
internal static class ParseProblems
{
    /// <param name="parsed">What the parser made of it.</param>
    /// <param name="words">The words as they were typed.</param>
    public static IReadOnlyList<Problem> Of(ParseResult parsed, IReadOnlyList<string> words)
    {
        var problems = WrongFlags(parsed, words).ToList();
        if (problems.Count > 0) return problems;
        problems.AddRange(Unknown(parsed));
        bool unknownWords = problems.Count > 0;
        foreach (var error in parsed.Errors)
        {
            // A word that was not understood usually leaves another one missing: the cause is reported, not its consequences.
            bool missing = error.SymbolResult is not (OptionResult or ArgumentResult { Parent: OptionResult }) || error.SymbolResult.Tokens.Count == 0;
            if (unknownWords && missing) continue;
            problems.Add(Describe(error));
        }
        if (!unknownWords) problems.AddRange(Missing(parsed));
        return [.. problems.Distinct()];
    }

    private static IEnumerable<Problem> Unknown(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string help = $"See {CommandTree.PathOf(command)} --help.";
        var options = parsed.UnmatchedTokens.Where(IsOption).ToList();
        // After an unknown option its value is unmatched too; only the option is to blame.
        foreach (string word in options)
        {
            string name = word.Split('=')[0];
            yield return new Problem($"There is no option {name}.", null, Suggestion.Question(name, OptionNames(command)) ?? help);
        }
        if (options.Count > 0) yield break;
        foreach (string word in parsed.UnmatchedTokens)
        {
            if (command.Subcommands.Any(c => !c.Hidden))
                yield return new Problem($"There is no command {word}.", null,
                    Suggestion.Question(word, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)) ?? help);
            else
                yield return new Problem($"'{word}' is one word too many.", null, "Put a text of several words in quotes. " + help);
            if (command is RootCommand) yield break;
        }
    }

    // The parser takes the value of --flag=value for a word of its own where it is neither true nor false.
    private static IEnumerable<Problem> WrongFlags(ParseResult parsed, IReadOnlyList<string> words) => words.TakeWhile(w => w != "--")
        .Select(w => w.Split('=', 2)).Where(parts => parts is [['-', ..], _] && !bool.TryParse(parts[1], out _))
        .Where(parts => Options(parsed.CommandResult.Command).Any(o => o.ValueType == typeof(bool) && (o.Name == parts[0] || o.Aliases.Contains(parts[0]))))
        .Select(parts => new Problem($"'{parts[1]}' is neither true nor false.", parts[0]));

    private static IEnumerable<Problem> Missing(ParseResult parsed) => parsed.CommandResult.Command.Options
        .Where(o => o is ICliOption { MustBeGiven: true } && parsed.GetResult(o) is null or { Implicit: true })
        .Select(o => new Problem("This must be given.", o.Name, $"Say {o.Name} {o.HelpName}: {o.Description}"));

    private static Problem Describe(ParseError error)
    {
        var at = error.SymbolResult;
        var option = at as OptionResult ?? at?.Parent as OptionResult;
        if (option is not null)
        {
            string name = option.Option.Name;
            if (option is { Implicit: false, Tokens.Count: 0 }) return new Problem("A value is missing.", name, $"Such as {name} {option.Option.HelpName ?? "VALUE"}.");
            if (option.IdentifierTokenCount > option.Option.Arity.MaximumNumberOfValues) return new Problem("Given more than once.", name);
            return new Problem(error.Message, name);
        }
        if (at is ArgumentResult argument)
        {
            return argument.Tokens.Count > 0
                ? new Problem(error.Message, argument.Argument.Name)
                : new Problem($"{argument.Argument.Name} is missing.", null, UsageOf(at));
        }
        if (at is CommandResult { Command.Arguments: [var first, ..] } command && command.Tokens.Count == 0)
            return new Problem($"{first.Name} is missing.", null, UsageOf(at));
        return new Problem(error.Message);
    }

    private static string? UsageOf(SymbolResult at)
    {
        var node = at;
        while (node is not null and not CommandResult) node = node.Parent;
        return node is CommandResult command ? $"See {CommandTree.PathOf(command.Command)} --help." : null;
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static IEnumerable<string> OptionNames(Command command) => Options(command).Where(o => !o.Hidden).Select(o => o.Name);

    private static IEnumerable<Option> Options(Command command)
    {
        for (var at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
            foreach (var option in at.Options.Where(o => at == command || o.Recursive)) yield return option;
    }
}
