using System.CommandLine;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>What a running command gets: the values of its options, where to say things, and when to stop.</summary>
internal sealed class CommandContext(ParseResult parsed, Settings settings, CommandOutput output, CancellationToken cancellation)
{
    public CommandOutput Output { get; } = output;

    /// <summary>Set by Ctrl+C and SIGTERM.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The defaults of the environment and the configuration files.</summary>
    public Settings Settings { get; } = settings;

    /// <summary>All commands, for those that speak about the others.</summary>
    public RootCommand Root => (RootCommand)parsed.RootCommandResult.Command;

    /// <summary>The value of an option: command line, else environment, else configuration file, else default.</summary>
    public T Get<T>(Option<T> option) => parsed.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>Whether the option stands on the command line itself.</summary>
    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
}
