using System.CommandLine;
using Darkroom.Cli.Commands;
using Darkroom.Cli.Options;

namespace Darkroom.Cli.Hosting;

/// <summary>The tree of all commands.</summary>
internal static class CommandTree
{
    public static RootCommand Build(GlobalOptions global, Settings settings)
    {
        var root = new RootCommand("Stable Diffusion for .NET: train it, run it, look inside it; no Python.");
        root.Options.Clear();
        root.Directives.Clear();
        foreach (var option in global.All) root.Options.Add(option);
        foreach (var command in CommandList.Create()) root.Subcommands.Add(command);
        foreach (var command in Flatten(root).Prepend(root))
            foreach (var option in command.Options.OfType<ICliOption>()) option.TakeDefaultsFrom(settings, KeyOf(command));
        return root;
    }

    /// <summary>Every command below a command, at any depth.</summary>
    public static IEnumerable<Command> Flatten(Command command) => command.Subcommands.SelectMany(c => Flatten(c).Prepend(c));

    /// <summary>The words that call a command, such as "darkroom train"; the root is "darkroom" however the file is called.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathOf(parent) + " " + command.Name : "darkroom";

    /// <summary>The name of a command in environment variables and configuration files: "txt2img", "train-lora".</summary>
    public static string KeyOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? KeyOf(parent) + "-" + command.Name : command.Name;

    /// <summary>The options of a command that environment and files may set.</summary>
    public static IEnumerable<ICliOption> ConfigurableOptions(Command command) =>
        command.Options.OfType<ICliOption>().Where(o => o.Configurable);

    /// <summary>The keys that a configuration file may hold, by command; those of every command stand with each of them.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> ConfigurableKeys(RootCommand root)
    {
        var global = ConfigurableOptions(root).Select(o => o.Key).ToList();
        return Flatten(root).Where(c => !c.Hidden).ToDictionary(
            KeyOf, c => (IReadOnlyCollection<string>)[.. ConfigurableOptions(c).Select(o => o.Key), .. global], StringComparer.Ordinal);
    }
}
