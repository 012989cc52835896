using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace Darkroom.Cli.Options;

/// <summary>Makes the options of commands. Each states its default and its range, and rejects the rest with a sentence.</summary>
internal static class CliOptions
{
    public static CliOption<bool> Flag(string name, string description, bool configurable = true) =>
        new(name, null, description, OptionParsers.Flag, false, null) { Configurable = configurable, Arity = ArgumentArity.ZeroOrOne };

    public static CliOption<string?> Text(string name, string valueName, string description, string? defaultValue = null) =>
        new(name, valueName, description, OptionParsers.Text, defaultValue, defaultValue);

    /// <summary>A text that may be given several times; only on the command line.</summary>
    public static CliListOption Texts(string name, string valueName, string description) => new(name, valueName, description);

    /// <summary>A file or folder; relative to the folder of the configuration file where it comes from one.</summary>
    public static CliOption<string?> Path(string name, string valueName, string description, bool configurable = true) =>
        new(name, valueName, description, OptionParsers.Text, null, null) { IsPath = true, Configurable = configurable };

    /// <summary>A file or folder that must stand on the command line.</summary>
    public static CliOption<string> RequiredPath(string name, string valueName, string description) =>
        new(name, valueName, description, OptionParsers.Text, "", null) { IsPath = true, Configurable = false, MustBeGiven = true };

    public static CliOption<int> Integer(
        string name, string valueName, string description, int defaultValue, int minimum = int.MinValue, int maximum = int.MaxValue) =>
        new(name, valueName, description, OptionParsers.Integer(minimum, maximum), defaultValue, Format(defaultValue));

    public static CliOption<int?> OptionalInteger(
        string name, string valueName, string description, int minimum = int.MinValue, int maximum = int.MaxValue)
    {
        var parse = OptionParsers.Integer(minimum, maximum);
        return new(name, valueName, description, text => parse(text), null, null);
    }

    public static CliOption<double> Number(
        string name, string valueName, string description, double defaultValue, double minimum = double.MinValue, double maximum = double.MaxValue) =>
        new(name, valueName, description, OptionParsers.Number(minimum, maximum), defaultValue, Format(defaultValue));

    public static CliOption<double?> OptionalNumber(
        string name, string valueName, string description, double minimum = double.MinValue, double maximum = double.MaxValue)
    {
        var parse = OptionParsers.Number(minimum, maximum);
        return new(name, valueName, description, text => parse(text), null, null);
    }

    /// <summary>A seed; without one the command takes a random one and says which.</summary>
    public static CliOption<long?> Seed(string name, string description) =>
        new(name, "N", description, OptionParsers.Seed, null, "random");

    /// <summary>One of a few words; upper and lower case count the same.</summary>
    public static CliOption<string> Choice(string name, string description, string defaultValue, params string[] allowed)
    {
        var option = new CliOption<string>(
            name, string.Join('|', allowed), description, OptionParsers.Choice(allowed), defaultValue, defaultValue);
        option.CompletionSources.Add(_ => allowed.Select(a => new CompletionItem(a)));
        return option;
    }

    /// <summary>One of many names, too many for help to list; null where it isn't given.</summary>
    public static CliOption<string?> OptionalChoice(string name, string valueName, string description, IReadOnlyList<string> allowed)
    {
        var parse = OptionParsers.Choice(allowed);
        var option = new CliOption<string?>(name, valueName, description, text => parse(text), null, null);
        option.CompletionSources.Add(_ => allowed.Select(a => new CompletionItem(a)));
        return option;
    }

    private static string Format(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
