using System.Buffers.Binary;
using System.Text;

namespace Darkroom.Imaging;

/// <summary>The chunks of a PNG file.</summary>
/// <remarks>W3C PNG, third edition, section 5: length, type, data, CRC-32 of type and data; all numbers big endian.</remarks>
internal ref struct PngChunks
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Stands before the first chunk; to be used where <see cref="IsPng"/>.</summary>
    internal PngChunks(ReadOnlySpan<byte> file) => _rest = file[8..];

    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    internal string Type { get; private set; } = "";

    internal ReadOnlySpan<byte> Data { get; private set; }

    internal static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    internal static (int Width, int Height) Size(ReadOnlySpan<byte> file)
    {
        var chunks = new PngChunks(file);
        if (!chunks.Next() || chunks.Type != "IHDR" || chunks.Data.Length != 13) throw new InvalidDataException("The PNG file does not begin with its header.");
        return (BinaryPrimitives.ReadInt32BigEndian(chunks.Data), BinaryPrimitives.ReadInt32BigEndian(chunks.Data[4..]));
    }

    /// <summary>Goes to the next chunk; false after IEND. What follows IEND is not looked at.</summary>
    /// <exception cref="InvalidDataException">The chunk reaches beyond the file, or its CRC is wrong.</exception>
    internal bool Next()
    {
        if (Type == "IEND") return false;
        if (_rest.Length < 12) throw new InvalidDataException("The PNG file is truncated.");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_rest);
        if (length > _rest.Length - 12) throw new InvalidDataException("The PNG file is truncated.");
        var checkedPart = _rest.Slice(4, 4 + (int)length);
        Type = Encoding.Latin1.GetString(checkedPart[..4]);
        if (Crc32.Of(checkedPart) != BinaryPrimitives.ReadUInt32BigEndian(_rest[(8 + (int)length)..]))
            throw new InvalidDataException($"The chunk {Type} of the PNG file is damaged: its checksum is wrong.");
        Data = checkedPart[4..];
        _rest = _rest[(12 + (int)length)..];
        return true;
    }

    internal static void Write(Stream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        output.Write(type);
        output.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(data, Crc32.Of(type)));
        output.Write(number);
    }
}
