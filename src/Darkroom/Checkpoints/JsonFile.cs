using System.Text.Json;

namespace Darkroom.Checkpoints;

/// <summary>Reads the JSON files that lie beside weights.</summary>
internal static class JsonFile
{
    private const int MaxBytes = 16 << 20;

    /// <summary>The object in a file.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: empty, not JSON, not an object, too large or too deep.</exception>
    public static JsonElement Read(string path)
    {
        using var file = CheckpointFormat.OpenFile(path);
        if (file.Length == 0) throw Bad(path, "The file is empty.", null);
        if (file.Length > MaxBytes) throw Bad(path, $"The file has {file.Length} bytes; a configuration has at most {MaxBytes}.", null);
        try
        {
            using var document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 32, AllowTrailingCommas = false });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone()
                : throw Bad(path, "The file is not a JSON object.", null);
        }
        catch (JsonException error)
        {
            throw Bad(path, $"The file is not JSON: {error.Message}", error);
        }
    }

    /// <summary>The same, or null where there is no such file.</summary>
    public static JsonElement? ReadIfThere(string path) => File.Exists(path) ? Read(path) : null;

    /// <summary>A text of an object; null where it has none of that name.</summary>
    public static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    /// <summary>A whole number of an object; null where it has none of that name.</summary>
    public static int? Integer(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int number) ? number : null;

    private static DarkroomException Bad(string path, string what, Exception? inner) => new(ErrorKind.BadFile, what, path, inner: inner);
}
