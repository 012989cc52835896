using System.Text.Json;

namespace Darkroom.Training.Data;

/// <summary>
/// Captions of a folder of pictures: from <c>captions.jsonl</c> or <c>metadata.jsonl</c> in it (one object a line: <c>file_name</c>, and <c>text</c> or
/// <c>caption</c>), else from a <c>.txt</c> file beside each picture.
/// </summary>
internal static class CaptionFiles
{
    private const int Listed = 10;
    private static readonly string[] ListNames = ["captions.jsonl", "metadata.jsonl"];

    /// <summary>Captions by picture; pictures without one are left out.</summary>
    /// <exception cref="DarkroomException">BadFile: every line that is not as it should be, or that names a picture that isn't there.</exception>
    public static Dictionary<string, string> Read(string folder, IReadOnlyList<string> pictures)
    {
        string? list = ListNames.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
        return list is null ? ReadBeside(pictures) : ReadList(list, folder, pictures);
    }

    /// <summary>The error that captions are missing.</summary>
    public static DarkroomException Missing(string folder, IReadOnlyList<string> pictures)
    {
        string listed = string.Join(", ", pictures.Take(Listed).Select(p => Path.GetRelativePath(folder, p)));
        string more = pictures.Count > Listed ? $" and {pictures.Count - Listed} more" : "";
        return new DarkroomException(ErrorKind.BadFile, $"{pictures.Count} pictures have no caption: {listed}{more}.", folder,
            "Write a .txt file of the same name beside each, or one captions.jsonl with a line {\"file_name\": ..., \"text\": ...} for each.");
    }

    private static Dictionary<string, string> ReadBeside(IReadOnlyList<string> pictures)
    {
        var captions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string picture in pictures)
        {
            string text = Path.ChangeExtension(picture, ".txt");
            if (File.Exists(text) && File.ReadAllText(text).Trim() is { Length: > 0 } caption) captions[picture] = caption;
        }
        return captions;
    }

    private static Dictionary<string, string> ReadList(string list, string folder, IReadOnlyList<string> pictures)
    {
        var known = pictures.ToHashSet(StringComparer.Ordinal);
        var captions = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<Problem>();
        int number = 0;
        foreach (string line in File.ReadLines(list))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Parse(line) is not var (name, caption)) problems.Add(new Problem("A line is {\"file_name\": \"...\", \"text\": \"...\"}.", $"{list}:{number}"));
            else if (!known.Contains(Path.Combine(folder, name))) problems.Add(new Problem($"There is no picture {name}.", $"{list}:{number}"));
            else captions[Path.Combine(folder, name)] = caption;
        }
        return problems.Count == 0 ? captions : throw new DarkroomException(ErrorKind.BadFile, [.. problems.Take(Listed)]);
    }

    private static (string Name, string Caption)? Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return Text(json.RootElement, "file_name") is { } name && (Text(json.RootElement, "text") ?? Text(json.RootElement, "caption")) is { } caption
                ? (name, caption) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
