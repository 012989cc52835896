using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Training;

namespace Darkroom.Cli.Commands.Training;

/// <summary>--config and --set: where the settings of a training come from.</summary>
internal sealed class ConfigurationOptions
{
    private readonly CliOption<string?> _config;
    private readonly CliListOption _set;

    public ConfigurationOptions(Command command, string preset)
    {
        _config = CliOptions.Text("--config", "FILE|PRESET",
            $"The configuration: a JSON file, or a built-in one ({string.Join(", ", ConfigurationFile.Presets)}).", preset);
        _set = CliOptions.Texts("--set", "NAME=VALUE",
            "Change one setting of the configuration, such as training.steps=2000; may be given several times.");
        command.Options.Add(_config);
        command.Options.Add(_set);
    }

    /// <summary>The configuration with the changes of the command line.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="instead">A file to read instead of what --config names.</param>
    public T Read<T>(CommandContext context, string? instead = null) => ConfigurationFile.Read<T>(instead ?? context.Get(_config)!, context.Get(_set));
}
