using System.CommandLine;
using System.CommandLine.Parsing;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Options;

/// <summary>The options of every command.</summary>
internal sealed class GlobalOptions
{
    public CliOption<bool> Help { get; } = Global(CliOptions.Flag("--help", "Show help for the command.", configurable: false), "-h");

    public CliOption<bool> Version { get; } = Global(CliOptions.Flag("--version", "Show the version.", configurable: false));

    public CliOption<bool> Json { get; } = Global(CliOptions.Flag("--json", "Results as one JSON document on stdout, errors as JSON on stderr."));

    public CliOption<bool> Quiet { get; } = Global(CliOptions.Flag("--quiet", "No progress and no notes."), "-q");

    public CliOption<bool> Verbose { get; } = Global(CliOptions.Flag("--verbose", "More notes, and where errors come from."), "-v");

    public IReadOnlyList<Option> All => [Help, Version, Json, Quiet, Verbose];

    public Verbosity VerbosityOf(ParseResult parsed) =>
        IsSet(parsed, Verbose) ? Verbosity.Verbose : IsSet(parsed, Quiet) ? Verbosity.Quiet : Verbosity.Normal;

    /// <summary>Whether a flag is set; a wrong value, which is reported like every other one, does not set it.</summary>
    public static bool IsSet(ParseResult parsed, CliOption<bool> flag) =>
        parsed.GetResult(flag) is { } result && !result.Errors.Any() && !parsed.Errors.Any(e => Concerns(e.SymbolResult, flag)) && parsed.GetValue(flag);

    private static bool Concerns(SymbolResult? at, CliOption<bool> flag) => at is OptionResult option ? option.Option == flag : at?.Parent is OptionResult parent && parent.Option == flag;

    private static CliOption<bool> Global(CliOption<bool> option, params string[] aliases)
    {
        option.Recursive = true;
        foreach (string alias in aliases) option.Aliases.Add(alias);
        return option;
    }
}
