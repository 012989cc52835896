using System.Globalization;

namespace Darkroom.Cli.Options;

/// <summary>Says why a text is not a value of an option; becomes one problem of the command line.</summary>
internal sealed class OptionValueException(string message) : Exception(message);

/// <summary>Turns the text of an option into its value; the same for the command line, the environment and configuration files.</summary>
internal static class OptionParsers
{
    public static bool Flag(string text) => text.Trim().ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "1" or "" => true,
        "false" or "no" or "off" or "0" => false,
        _ => throw new OptionValueException($"'{text}' is neither true nor false."),
    };

    public static Func<string, int> Integer(int minimum, int maximum) => text =>
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
            throw new OptionValueException($"'{text}' is not a whole number{(long.TryParse(text, out _) ? " in range" : "")}.");
        if (value < minimum || value > maximum) throw new OptionValueException(OutOfRange(text, minimum, maximum, minimum == int.MinValue, maximum == int.MaxValue));
        return value;
    };

    /// <summary>A seed; null for "random", and for -1 as A1111 writes it.</summary>
    public static long? Seed(string text)
    {
        if (text is "-1" || text.Equals("random", StringComparison.OrdinalIgnoreCase)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new OptionValueException($"'{text}' is not a whole number from 0 to {long.MaxValue}, and not the word random.");
    }

    public static Func<string, double> Number(double minimum, double maximum) => text =>
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            throw new OptionValueException($"'{text}' is not a number.");
        if (value < minimum || value > maximum)
            throw new OptionValueException(OutOfRange(text, minimum, maximum, minimum == double.MinValue, maximum == double.MaxValue));
        return value;
    };

    public static Func<string, string> Choice(IReadOnlyList<string> allowed) => text =>
    {
        if (allowed.FirstOrDefault(a => a.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        string question = Suggestion.Question(text, allowed) is { } asked ? " " + asked : "";
        throw new OptionValueException($"'{text}' is not one of {string.Join(", ", allowed)}.{question}");
    };

    public static string Text(string text) => text;

    private static string OutOfRange<T>(string text, T minimum, T maximum, bool open, bool unbounded) where T : IFormattable
    {
        string low = minimum.ToString(null, CultureInfo.InvariantCulture), high = maximum.ToString(null, CultureInfo.InvariantCulture);
        return unbounded ? $"{text} is below {low}." : open ? $"{text} is above {high}." : $"{text} is not from {low} to {high}.";
    }
}
