using System.IO.Compression;
using System.Text;

namespace Darkroom.Imaging;

/// <summary>The text chunks of a PNG file: tEXt, zTXt and iTXt.</summary>
/// <remarks>W3C PNG, third edition, section 11.3.3.</remarks>
internal static class PngText
{
    /// <summary>Most bytes that all texts of a file may have once inflated.</summary>
    internal const int MaxBytes = 16 << 20;

    /// <summary>Every text by its key, in file order; of texts with one key the last.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or its texts are larger than <see cref="MaxBytes"/>.</exception>
    internal static OrderedDictionary<string, string> Read(ReadOnlySpan<byte> file)
    {
        var items = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        int left = MaxBytes;
        var chunks = new PngChunks(file);
        while (chunks.Next())
        {
            if (chunks.Type is not ("tEXt" or "zTXt" or "iTXt")) continue;
            int keyLength = chunks.Data.IndexOf((byte)0);
            if (keyLength < 0) continue; // no text follows the key
            string key = Encoding.Latin1.GetString(chunks.Data[..keyLength]);
            var value = chunks.Data[(keyLength + 1)..];
            byte[] text = chunks.Type switch
            {
                "tEXt" => Plain(value, left),
                "zTXt" => value.Length > 0 ? Inflate(value[1..], left) : [],
                _ => International(value, left),
            };
            left -= text.Length;
            items.Remove(key);
            items[key] = (chunks.Type == "iTXt" ? Encoding.UTF8 : Encoding.Latin1).GetString(text);
        }
        return items;
    }

    /// <summary>The file with texts put in behind its header: as tEXt where Latin-1 holds them, else as iTXt.</summary>
    internal static byte[] Insert(ReadOnlySpan<byte> file, IEnumerable<KeyValuePair<string, string>> items)
    {
        const int headerEnd = 8 + 12 + 13;
        using var output = new MemoryStream(file.Length + 1024);
        output.Write(file[..headerEnd]);
        foreach (var (key, text) in items)
        {
            byte[] name = Key(key);
            if (text.All(c => c <= '\xFF')) PngChunks.Write(output, "tEXt"u8, [.. name, 0, .. Encoding.Latin1.GetBytes(text)]);
            else PngChunks.Write(output, "iTXt"u8, [.. name, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)]);
        }
        output.Write(file[headerEnd..]);
        return output.ToArray();
    }

    private static byte[] Key(string key) =>
        key.Length is >= 1 and <= 79 && key.All(c => c is >= ' ' and <= '~' or >= '\xA1' and <= '\xFF')
            ? Encoding.Latin1.GetBytes(key)
            : throw new DarkroomException(ErrorKind.InvalidRequest, $"\"{key}\" can't name a text in a PNG file.", remedy: "Use 1 to 79 Latin letters.");

    private static byte[] Plain(ReadOnlySpan<byte> text, int limit) => text.Length <= limit ? text.ToArray() : throw TooLarge();

    private static byte[] International(ReadOnlySpan<byte> value, int limit)
    {
        // Compressed or not, method, then a language tag and a translated key, each ended by a zero.
        if (value.Length < 2) return [];
        bool compressed = value[0] != 0;
        value = value[2..];
        for (int i = 0; i < 2; i++)
        {
            int end = value.IndexOf((byte)0);
            if (end < 0) return [];
            value = value[(end + 1)..];
        }
        return compressed ? Inflate(value, limit) : Plain(value, limit);
    }

    private static byte[] Inflate(ReadOnlySpan<byte> deflated, int limit)
    {
        using var input = new MemoryStream(deflated.ToArray());
        using var inflater = new ZLibStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        var buffer = new byte[8192];
        try
        {
            while (inflater.Read(buffer) is > 0 and var count)
            {
                if (output.Length + count > limit) throw TooLarge();
                output.Write(buffer, 0, count);
            }
        }
        catch (IOException error)
        {
            // Such as data that were compressed with a dictionary, which PNG does not know.
            throw new InvalidDataException("A compressed text of the PNG file can't be read.", error);
        }
        return output.ToArray();
    }

    private static InvalidDataException TooLarge() => new($"The texts of the PNG file take more than {MaxBytes >> 20} MiB.");
}
