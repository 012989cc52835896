using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom config: the defaults in force and where they come from.</summary>
internal sealed class ConfigCommand() : CliCommand("config",
    "Show the defaults that the environment and darkroom.json files set, and where each comes from. " +
    "The order is: command line, environment, darkroom.json in the current folder, darkroom.json in the user's configuration folder, built-in default.")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom config", "what is set, and by what"),
        new("DARKROOM_THREADS=2 darkroom config --json", "the same for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var root = context.Root;
        var found = CommandTree.Flatten(root).Where(c => !c.Hidden).Prepend(root)
            .SelectMany(c => CommandTree.ConfigurableOptions(c).Select(o => (Command: c, Option: o)))
            .Select(p => (p.Command, p.Option, Setting: context.Settings.Find(CommandTree.KeyOf(p.Command), p.Option.Key, p.Option.IsPath)))
            .Where(p => p.Setting is not null)
            .Select(p => new Entry(CommandTree.PathOf(p.Command), p.Option.Key, p.Setting!.Value, p.Setting.Source))
            .ToList();
        var files = Settings.StandardFiles().Select(f => new ConfigFile(f, File.Exists(f))).ToList();
        context.Output.Result(new Report(files, found), text =>
        {
            foreach (var file in files) text.WriteLine($"{(file.Exists ? "read  " : "absent")} {file.Path}");
            if (found.Count == 0) text.WriteLine("No defaults are set: every option has its built-in default.");
            foreach (var setting in found.GroupBy(e => (e.Key, e.Value, e.Source)))
                text.WriteLine($"{setting.Key.Key} = {setting.Key.Value}  (from {setting.Key.Source}, for {string.Join(", ", setting.Select(e => e.Command))})");
        });
        return ExitCode.Success;
    }

    private sealed record ConfigFile(string Path, bool Exists);

    private sealed record Entry(string Command, string Key, string Value, string Source);

    private sealed record Report(IReadOnlyList<ConfigFile> Files, IReadOnlyList<Entry> Settings);
}
