using System.CommandLine;
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
        parsed.GetValue(Verbose) ? Verbosity.Verbose : parsed.GetValue(Quiet) ? Verbosity.Quiet : Verbosity.Normal;

    private static CliOption<bool> Global(CliOption<bool> option, params string[] aliases)
    {
        option.Recursive = true;
        foreach (string alias in aliases) option.Aliases.Add(alias);
        return option;
    }
}
