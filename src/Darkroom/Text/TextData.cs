using System.IO.Compression;
using System.Text;

namespace Darkroom.Text;

/// <summary>The data files that are embedded in the library; Data/README.md says where each comes from.</summary>
internal static class TextData
{
    /// <summary>A reader of one embedded file as UTF-8 text, unpacked where its name ends in .gz; the caller disposes it.</summary>
    public static StreamReader Open(string name)
    {
        string resource = "Darkroom.Text.Data." + name;
        var stream = typeof(TextData).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from the library.");
        if (name.EndsWith(".gz", StringComparison.Ordinal)) stream = new GZipStream(stream, CompressionMode.Decompress);
        return new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);
    }

    /// <summary>The lines of one embedded file, in tables without the comments.</summary>
    public static IEnumerable<string> Lines(string name, bool comments = true)
    {
        using var reader = Open(name);
        while (reader.ReadLine() is { } line)
            if (!comments || !line.StartsWith('#')) yield return line;
    }
}
