using System.Buffers.Binary;

namespace Darkroom.Imaging;

/// <summary>Where a JPEG file keeps its EXIF data: the application segment 1.</summary>
/// <remarks>ITU-T T.81, annex B: after the start marker come segments of marker, length (with itself), data, up to the scan.</remarks>
internal static class JpegExif
{
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, Application1 = 0xE1;

    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    internal static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith<byte>([0xFF, 0xD8, 0xFF]);

    /// <summary>The EXIF data from the TIFF header on; empty if there are none.</summary>
    /// <exception cref="InvalidDataException">A segment reaches beyond the file.</exception>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file)
    {
        var rest = file[2..];
        while (rest.Length >= 4)
        {
            if (rest[0] != 0xFF) throw new InvalidDataException("The JPEG file is damaged: a segment does not begin with its marker.");
            if (rest[1] == 0xFF)
            {
                rest = rest[1..]; // fill byte
                continue;
            }
            byte marker = rest[1];
            if (marker is StartOfScan or EndOfImage) return default;
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < 2 || length > rest.Length - 2) throw new InvalidDataException("The JPEG file is truncated.");
            var data = rest[4..(2 + length)];
            if (marker == Application1 && data.StartsWith(Prefix)) return data[Prefix.Length..];
            rest = rest[(2 + length)..];
        }
        throw new InvalidDataException("The JPEG file is truncated.");
    }

    /// <summary>The file with EXIF data put in behind its start marker, where EXIF readers look for them.</summary>
    internal static byte[] Insert(ReadOnlySpan<byte> file, ReadOnlySpan<byte> tiff)
    {
        int length = 2 + Prefix.Length + tiff.Length;
        if (length > ushort.MaxValue)
            throw new DarkroomException(ErrorKind.OutputFailed, "The parameters are too long for a JPEG file, which holds 32,000 letters.", remedy: "Write PNG.");
        return [.. file[..2], 0xFF, Application1, (byte)(length >> 8), (byte)length, .. Prefix, .. tiff, .. file[2..]];
    }
}
