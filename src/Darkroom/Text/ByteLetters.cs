using System.Collections.Frozen;

namespace Darkroom.Text;

/// <summary>
/// The reversible mapping of the 256 bytes to printable letters that byte-level vocabularies are written in: bytes 33-126, 161-172 and
/// 174-255 stand for themselves, the other 68 in rising order for U+0100 to U+0143.
/// </summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = MakeLetters();

    private static readonly FrozenDictionary<char, byte> Bytes =
        Letters.Select((letter, value) => (letter, value)).ToFrozenDictionary(p => p.letter, p => (byte)p.value);

    /// <summary>The bytes in the order in which CLIP numbers them: first those that stand for themselves, then the other 68.</summary>
    public static IEnumerable<byte> InVocabularyOrder { get; } = [.. Enumerable.Range(0, 256).OrderBy(b => Letters[b]).Select(b => (byte)b)];

    /// <summary>The letter of a byte.</summary>
    public static char Of(byte value) => Letters[value];

    /// <summary>The byte of a letter; false for a character that stands for none.</summary>
    public static bool TryGetByte(char letter, out byte value) => Bytes.TryGetValue(letter, out value);

    private static char[] MakeLetters()
    {
        var letters = new char[256];
        int others = 0;
        for (int value = 0; value < 256; value++)
            letters[value] = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? (char)value : (char)(0x100 + others++);
        return letters;
    }
}
