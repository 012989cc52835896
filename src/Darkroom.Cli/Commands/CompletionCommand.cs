using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom completion SHELL: the script that teaches a shell to complete darkroom's commands, options and values.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private readonly Argument<string> _shell = CliArguments.Choice("SHELL", "bash, zsh, fish or pwsh.", [.. CompletionScripts.Shells]);

    public CompletionCommand() : base("completion", "Print a completion script for a shell (bash, zsh, fish, pwsh).") =>
        Arguments.Add(_shell);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom completion bash > ~/.local/share/bash-completion/completions/darkroom", "bash: for every new shell"),
        new("darkroom completion zsh > ~/.zfunc/_darkroom", "zsh: into a folder of $fpath"),
        new("darkroom completion fish > ~/.config/fish/completions/darkroom.fish", "fish: for every new shell"),
        new("darkroom completion pwsh >> $PROFILE", "PowerShell: for every new shell"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string shell = context.Get(_shell), script = CompletionScripts.For(shell);
        context.Output.Result(new { Shell = shell, Script = script }, text => text.Write(script));
        return ExitCode.Success;
    }
}
