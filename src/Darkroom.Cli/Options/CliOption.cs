using System.CommandLine;
using System.CommandLine.Parsing;

namespace Darkroom.Cli.Options;

/// <summary>What the host needs to know of every option, whatever the type of its value.</summary>
internal interface ICliOption
{
    public const string DefaultSection = "Options";

    /// <summary>The name without dashes: the key in a configuration file.</summary>
    string Key { get; }

    /// <summary>Whether environment and configuration files may give its default.</summary>
    bool Configurable { get; }

    /// <summary>Whether the value names a file or folder, so that shells complete it as one.</summary>
    bool IsPath { get; }

    /// <summary>Whether it must stand on the command line.</summary>
    bool MustBeGiven { get; }

    /// <summary>The heading that help shows the option under.</summary>
    string Section { get; set; }

    /// <summary>The built-in default as help shows it; null where there is none.</summary>
    string? DefaultText { get; }

    /// <summary>Lets the environment and the configuration files give the default, for the command of that name.</summary>
    void TakeDefaultsFrom(Settings settings, string commandName);
}

/// <summary>
/// An option whose default may come from the environment or a configuration file, with one parser for all of these.
/// Made by the factories of <see cref="CliOptions"/>.
/// </summary>
internal sealed class CliOption<T> : Option<T>, ICliOption
{
    private readonly Func<string, T> _parse;
    private readonly T _defaultValue;

    public CliOption(string name, string? valueName, string description, Func<string, T> parse, T defaultValue, string? defaultText)
        : base(name)
    {
        _parse = parse;
        _defaultValue = defaultValue;
        Description = description;
        HelpName = valueName;
        DefaultText = defaultText;
        CustomParser = result => Read(result, result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value, source: null);
        DefaultValueFactory = _ => defaultValue;
    }

    public string Key => Name.TrimStart('-');

    public bool Configurable { get; init; } = true;

    public bool IsPath { get; init; }

    public bool MustBeGiven { get; init; }

    public string Section { get; set; } = ICliOption.DefaultSection;

    public string? DefaultText { get; }

    public void TakeDefaultsFrom(Settings settings, string commandName)
    {
        if (!Configurable) return;
        DefaultValueFactory = result => settings.Find(commandName, Key, IsPath) is { } setting
            ? Read(result, setting.Value, setting.Source)!
            : _defaultValue;
    }

    private T? Read(ArgumentResult result, string text, string? source)
    {
        try
        {
            return _parse(text);
        }
        catch (OptionValueException wrong)
        {
            result.AddError(source is null ? wrong.Message : $"{wrong.Message} It comes from {source}.");
            return default;
        }
    }
}
