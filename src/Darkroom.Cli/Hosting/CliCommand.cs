using System.CommandLine;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>
/// One command, in one file of Commands/: its constructor adds options and arguments, <see cref="Run"/> does the work through the
/// library. It is registered by one line of <see cref="Commands.CommandList"/>.
/// </summary>
internal abstract class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>The heading of the root help that the command stands under; of no matter for subcommands.</summary>
    public HelpGroup Group { get; init; }

    /// <summary>What the help of the command shows; at least one.</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Settings that --set changes; none where the command has no configuration.</summary>
    public virtual IReadOnlyList<SettingHelp> Changeable => [];

    /// <summary>
    /// Does the work. Failures are thrown as <see cref="DarkroomException"/>; cancellation as <see cref="OperationCanceledException"/>.
    /// </summary>
    public abstract ExitCode Run(CommandContext context);
}
