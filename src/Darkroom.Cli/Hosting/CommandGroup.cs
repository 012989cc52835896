using System.Diagnostics;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>A command that only holds other commands, such as "train"; called alone it shows its help.</summary>
internal abstract class CommandGroup(string name, string description) : CliCommand(name, description)
{
    public sealed override ExitCode Run(CommandContext context) => throw new UnreachableException("A group of commands is never run.");
}
