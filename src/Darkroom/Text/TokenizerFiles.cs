using System.Text;
using System.Text.Json;

namespace Darkroom.Text;

/// <summary>Reads the small files of tokenizers, which may come from anyone: bounded in size and depth, refused with the reason.</summary>
internal static class TokenizerFiles
{
    private const long LargestFile = 64L << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The lines of a UTF-8 file, without the end that a last line break makes.</summary>
    public static List<string> Lines(string path)
    {
        string text = Read(path);
        List<string> lines = [.. text.Split('\n').Select(l => l.TrimEnd('\r'))];
        if (lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    /// <summary>The object that a JSON file holds.</summary>
    public static JsonElement Json(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(Read(path), new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone()
                : throw new DarkroomException(ErrorKind.BadFile, "The file holds no JSON object.", path);
        }
        catch (JsonException wrong)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The file is not valid JSON: {wrong.Message}", path, inner: wrong);
        }
    }

    private static string Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > LargestFile)
                throw new DarkroomException(ErrorKind.BadFile, $"The file has {file.Length} bytes; no tokenizer file is larger than {LargestFile}.", path);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Strict.GetString(bytes);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DarkroomException(ErrorKind.NotFound, "The file does not exist.", path, inner: missing);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The file cannot be read: {wrong.Message}", path, inner: wrong);
        }
    }
}
