using System.Buffers.Binary;
using System.Text;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>The bytes of a file of pickles, read from front to back; what is not there is a damaged file.</summary>
internal sealed class PickleInput(byte[] bytes, string path)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - Position) throw EndsEarly();
        Position += count;
        return bytes.AsSpan(Position - count, count);
    }

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>As many bytes as a number of that width in front of them says.</summary>
    public ReadOnlySpan<byte> Counted(int width)
    {
        ulong length = width switch
        {
            1 => Byte(),
            4 => UInt32(),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
        };
        return length <= (ulong)(bytes.Length - Position) ? Take((int)length) : throw EndsEarly();
    }

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        int end = bytes.AsSpan(Position).IndexOf((byte)'\n');
        if (end < 0) throw EndsEarly();
        string line = Text(Take(end));
        Position++;
        return line;
    }

    public string Text(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Utf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw Damaged("a text that is not UTF-8");
        }
    }

    public DarkroomException Damaged(string what) => Bad($"The pickle is damaged before byte {Position} ({what}).");

    public DarkroomException Bad(string what, string? remedy = null) => new(ErrorKind.BadFile, what, path, remedy);

    private DarkroomException EndsEarly() => Bad("The pickle ends early.", "The file was probably cut off; copy or download it again.");
}
