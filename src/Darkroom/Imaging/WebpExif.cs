using System.Buffers.Binary;

namespace Darkroom.Imaging;

/// <summary>Where a WebP file keeps its EXIF data: the chunk EXIF of the extended format.</summary>
/// <remarks>RFC 9649, section 2: RIFF chunks of type, length (little endian), data, padded to even length; VP8X comes first and says what follows.</remarks>
internal static class WebpExif
{
    private const byte ExifFlag = 0x08, AlphaFlag = 0x10;

    internal static bool IsWebp(ReadOnlySpan<byte> file) => file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);

    /// <summary>The EXIF data from the TIFF header on; empty if there are none.</summary>
    /// <exception cref="InvalidDataException">A chunk reaches beyond the file.</exception>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file)
    {
        var rest = file[12..];
        while (rest.Length >= 8)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8) throw new InvalidDataException("The WebP file is truncated.");
            var data = rest.Slice(8, (int)length);
            // Some writers put JPEG's prefix before the TIFF header.
            if (rest.StartsWith("EXIF"u8)) return data.StartsWith("Exif\0\0"u8) ? data[6..] : data;
            rest = rest[Math.Min(rest.Length, 8 + (int)length + ((int)length & 1))..];
        }
        return default;
    }

    /// <summary>The file in the extended format, with EXIF data at its end.</summary>
    internal static byte[] Insert(ReadOnlySpan<byte> file, ReadOnlySpan<byte> tiff, Picture picture)
    {
        using var output = new MemoryStream(file.Length + tiff.Length + 64);
        output.Write(file[..12]);
        var chunks = file[12..];
        Span<byte> header = stackalloc byte[10];
        header.Clear();
        if (chunks.StartsWith("VP8X"u8))
        {
            chunks.Slice(8, 10).CopyTo(header);
            chunks = chunks[18..];
        }
        else
        {
            // Flags, three reserved bytes, then width - 1 and height - 1 in three bytes each.
            if (picture.Format == PixelFormat.Rgba) header[0] = AlphaFlag;
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)(picture.Width - 1));
            BinaryPrimitives.WriteUInt16LittleEndian(header[7..], (ushort)(picture.Height - 1));
        }
        header[0] |= ExifFlag;
        WriteChunk(output, "VP8X"u8, header);
        output.Write(chunks);
        WriteChunk(output, "EXIF"u8, tiff);
        byte[] result = output.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(result.AsSpan(4), (uint)result.Length - 8);
        return result;
    }

    private static void WriteChunk(Stream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        output.Write(type);
        output.Write(length);
        output.Write(data);
        if (data.Length % 2 == 1) output.WriteByte(0);
    }
}
