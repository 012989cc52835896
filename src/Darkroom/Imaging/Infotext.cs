using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Darkroom.Imaging;

/// <summary>
/// The text in which Stable Diffusion programs keep how a picture was made: the prompt, a line "Negative prompt: ...", and a last line
/// "Steps: 20, Sampler: Euler a, ...". A value with a comma, a colon or a line break is quoted as in JSON.
/// </summary>
/// <remarks>The notation is A1111's (AUTOMATIC1111/stable-diffusion-webui 1.10); what it reads and writes is read and written here alike.</remarks>
public static class Infotext
{
    private const string NegativePrefix = "Negative prompt:";

    /// <summary>The last line counts as settings from this many on; otherwise it belongs to the prompt.</summary>
    private const int FewestSettings = 3;

    // Linear in the length of the text whatever it holds; the classes are Python's \s and \w, which A1111 reads with.
    private static readonly Regex Setting = new(
        """[\s\x1c-\x1f]*([\p{L}\p{N}_][\p{L}\p{N}_ \-/]+):[\s\x1c-\x1f]*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)""",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>A value as it stands in the text.</summary>
    public static string Quote(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.AsSpan().IndexOfAny(',', ':', '\n') < 0 ? value : ToJson(value);
    }

    /// <summary>The value of a text; what is not quoted properly is its own value.</summary>
    public static string Unquote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length < 2 || text[0] != '"' || text[^1] != '"') return text;
        try
        {
            return JsonSerializer.Deserialize(text, InfotextJson.Default.String)!;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>Puts a text together; settings whose key is their value stand alone.</summary>
    /// <param name="prompt">May have several lines.</param>
    /// <param name="negativePrompt">May have several lines; left out if empty.</param>
    /// <param name="settings">In the order in which they are written.</param>
    public static string Format(string prompt, string negativePrompt, IEnumerable<KeyValuePair<string, string>> settings) =>
        FormatQuoted(prompt, negativePrompt, settings.Select(s => KeyValuePair.Create(s.Key, s.Key == s.Value ? s.Value : Quote(s.Value))));

    /// <summary>Takes a text apart; any text is one, of a prompt alone if nothing else.</summary>
    /// <returns>Settings in file order, values unquoted, the last of those with one key; empty values are dropped.</returns>
    public static (string Prompt, string NegativePrompt, OrderedDictionary<string, string> Settings) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = Strip(text).Split('\n').ToList();
        var found = Setting.Matches(lines[^1]);
        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        if (found.Count >= FewestSettings)
        {
            lines.RemoveAt(lines.Count - 1);
            foreach (Match setting in found)
                if (setting.Groups[2].Length > 0) settings[setting.Groups[1].Value] = Unquote(setting.Groups[2].Value);
        }

        StringBuilder prompt = new(), negative = new();
        var part = prompt;
        foreach (string untrimmed in lines)
        {
            string line = Strip(untrimmed);
            if (line.StartsWith(NegativePrefix, StringComparison.Ordinal))
            {
                part = negative;
                line = Strip(line[NegativePrefix.Length..]);
            }
            if (part.Length > 0) part.Append('\n');
            part.Append(line);
        }
        return (prompt.ToString(), negative.ToString(), settings);
    }

    internal static string FormatQuoted(string prompt, string negativePrompt, IEnumerable<KeyValuePair<string, string>> settings)
    {
        string line = string.Join(", ", settings.Select(s => s.Key == s.Value ? s.Key : $"{s.Key}: {s.Value}"));
        return Strip($"{prompt}{(negativePrompt.Length > 0 ? $"\n{NegativePrefix} {negativePrompt}" : "")}\n{line}");
    }

    /// <summary>A JSON string that escapes no more than JSON must, as Python's json.dumps(ensure_ascii=False).</summary>
    internal static string ToJson(string value)
    {
        var json = new StringBuilder("\"");
        foreach (char c in value)
        {
            json.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }
        return json.Append('"').ToString();
    }

    /// <summary>Python's str.strip: white space also includes the separators U+001C .. U+001F.</summary>
    private static string Strip(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];

        static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';
    }
}
