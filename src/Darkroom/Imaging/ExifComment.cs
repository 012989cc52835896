using System.Buffers.Binary;
using System.Text;

namespace Darkroom.Imaging;

/// <summary>The field UserComment of EXIF data, where JPEG and WebP files keep the parameters.</summary>
/// <remarks>
/// Exif 3.0 (CIPA DC-008): a TIFF header, an image directory whose entry 0x8769 points to the Exif directory, whose entry 0x9286 is the comment:
/// eight bytes that name the character code, then the text. "UNICODE" is UTF-16, here big endian as piexif and so A1111 write it.
/// </remarks>
internal static class ExifComment
{
    private const ushort ExifDirectory = 0x8769, UserComment = 0x9286, TypeLong = 4, TypeUndefined = 7;
    private const int FirstDirectory = 8, DirectoryOfOne = 2 + 12 + 4;

    /// <summary>EXIF data (from the TIFF header on) that hold this comment and nothing else.</summary>
    internal static byte[] Write(string text)
    {
        byte[] comment = [.. "UNICODE\0"u8, .. Encoding.BigEndianUnicode.GetBytes(text)];
        const int second = FirstDirectory + DirectoryOfOne, content = second + DirectoryOfOne;
        var tiff = new byte[content + comment.Length];
        "MM\0*"u8.CopyTo(tiff);
        BinaryPrimitives.WriteUInt32BigEndian(tiff.AsSpan(4), FirstDirectory);
        WriteDirectory(tiff.AsSpan(FirstDirectory), ExifDirectory, TypeLong, 1, second);
        WriteDirectory(tiff.AsSpan(second), UserComment, TypeUndefined, (uint)comment.Length, content);
        comment.CopyTo(tiff.AsSpan(content));
        return tiff;
    }

    /// <summary>The comment, or null where there is none; damaged data count as none.</summary>
    /// <param name="tiff">From the TIFF header on; empty for a file without EXIF data.</param>
    internal static string? Read(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return null;
        bool bigEndian = tiff[0] == 'M';
        if (Find(tiff, Number(tiff[4..], bigEndian), ExifDirectory, bigEndian) is not { } exif) return null;
        if (Find(tiff, exif.Value, UserComment, bigEndian) is not { } entry) return null;
        if (entry.Count <= 8 || entry.Value > tiff.Length || entry.Count > tiff.Length - entry.Value) return null;
        return Text(tiff.Slice((int)entry.Value, (int)entry.Count));
    }

    private static void WriteDirectory(Span<byte> at, ushort tag, ushort type, uint count, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, 1);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], tag);
        BinaryPrimitives.WriteUInt16BigEndian(at[4..], type);
        BinaryPrimitives.WriteUInt32BigEndian(at[6..], count);
        BinaryPrimitives.WriteUInt32BigEndian(at[10..], value);
    }

    private static (uint Count, uint Value)? Find(ReadOnlySpan<byte> tiff, uint directory, ushort tag, bool bigEndian)
    {
        if (directory > tiff.Length - 2) return null;
        var entries = tiff[(int)directory..];
        int count = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(entries) : BinaryPrimitives.ReadUInt16LittleEndian(entries);
        for (int i = 0; i < count && 2 + 12 * (i + 1) <= entries.Length; i++)
        {
            var entry = entries[(2 + 12 * i)..];
            ushort found = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(entry) : BinaryPrimitives.ReadUInt16LittleEndian(entry);
            if (found == tag) return (Number(entry[4..], bigEndian), Number(entry[8..], bigEndian));
        }
        return null;
    }

    private static uint Number(ReadOnlySpan<byte> at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    private static string Text(ReadOnlySpan<byte> comment)
    {
        var code = comment[..8];
        var text = comment[8..];
        if (code.SequenceEqual("UNICODE\0"u8)) return (LooksLittleEndian(text) ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(text);
        return code.SequenceEqual("ASCII\0\0\0"u8) || code.SequenceEqual("\0\0\0\0\0\0\0\0"u8)
            ? Encoding.UTF8.GetString(text).TrimEnd('\0')
            : Encoding.UTF8.GetString(comment).TrimEnd('\0');
    }

    /// <summary>Other programs write little endian without saying so: then most of the zero bytes of Latin text come second.</summary>
    private static bool LooksLittleEndian(ReadOnlySpan<byte> text)
    {
        int zerosFirst = 0, zerosSecond = 0;
        for (int i = 0; i + 1 < text.Length; i += 2)
        {
            if (text[i] == 0) zerosFirst++;
            if (text[i + 1] == 0) zerosSecond++;
        }
        return zerosSecond > zerosFirst;
    }
}
