using System.Text;

namespace Darkroom.Imaging;

/// <summary>The comment of a GIF file.</summary>
/// <remarks>GIF89a specification: after header and colour table, blocks of extensions (0x21) and images (0x2C), each with sub-blocks up to an empty one.</remarks>
internal static class GifComment
{
    private const byte Extension = 0x21, Image = 0x2C, Comment = 0xFE;
    private const int MaxBytes = 16 << 20;

    internal static bool IsGif(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    /// <summary>The comment before the first image, or null.</summary>
    /// <exception cref="InvalidDataException">A block reaches beyond the file.</exception>
    internal static string? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 13) throw Truncated();
        int at = 13 + ((file[10] & 0x80) != 0 ? 3 << ((file[10] & 7) + 1) : 0);
        while (at + 1 < file.Length && file[at] != Image)
        {
            if (file[at] != Extension) return null;
            bool comment = file[at + 1] == Comment;
            at += 2;
            using var text = new MemoryStream();
            while (true)
            {
                if (at >= file.Length) throw Truncated();
                int length = file[at++];
                if (length == 0) break;
                if (length > file.Length - at) throw Truncated();
                if (comment && text.Length < MaxBytes) text.Write(file.Slice(at, length));
                at += length;
            }
            if (comment) return Encoding.UTF8.GetString(text.ToArray());
        }
        return null;
    }

    private static InvalidDataException Truncated() => new("The GIF file is truncated.");
}
