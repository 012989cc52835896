using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Darkroom.Text.Cleaning;

/// <summary>Undoes readings of UTF-8 in a single-byte encoding, one after another, until the text no longer looks like one.</summary>
/// <remarks>The order of trials and the limits of each are those of ftfy 6.3.</remarks>
internal static partial class MojibakeRepair
{
    /// <summary>The text, read again as it was meant.</summary>
    public static string Repair(string text)
    {
        while (true)
        {
            string repaired = Once(text);
            if (repaired == text) return text;
            text = repaired;
        }
    }

    private static string Once(string text)
    {
        if (Ascii.IsValid(text) || !MojibakeSigns.AreIn(text)) return text;
        byte[]? latin1 = null;
        foreach (var encoding in SingleByteEncoding.InOrderOfTrial)
        {
            if (encoding.Encode(text) is not { } bytes) continue;
            if (encoding == SingleByteEncoding.Latin1) latin1 = bytes;
            if (encoding.SpaceMayBeLost) bytes = RestoreSpaces(bytes);
            if (encoding.Lenient) bytes = MarkLost(bytes);
            bytes = ToStrictUtf8(bytes);
            if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        }
        string inside = MojibakeRuns.Replace(text, run => run.Length < text.Length && MojibakeSigns.AreIn(run) ? Repair(run) : run);
        if (inside != text) return inside;
        if (latin1 is not null && AsWindows1252(latin1) is { } read && read != text) return read;
        return ControlsAsWindows1252(text);
    }

    /// <summary>Control characters from U+0080 to U+009F, read as the bytes of Windows-1252 that they were.</summary>
    public static string ControlsAsWindows1252(string text) =>
        text.AsSpan().IndexOfAnyInRange('\u0080', '\u009F') < 0 ? text
        : string.Create(text.Length, text, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
                to[i] = from[i] is >= '\u0080' and <= '\u009F' ? SingleByteEncoding.Windows1252[(byte)from[i]] : from[i];
        });

    private static string? AsWindows1252(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            if (value is 0x81 or 0x8D or 0x8F or 0x90 or 0x9D) return null;
            text.Append(value == SingleByteEncoding.Lost ? (char)value : SingleByteEncoding.Windows1252[value]);
        }
        return text.ToString();
    }

    /// <summary>Puts 0xA0 back where UTF-8 needs it and a program wrote a blank.</summary>
    private static byte[] RestoreSpaces(byte[] bytes)
    {
        string latin = Encoding.Latin1.GetString(bytes);
        if (!SpaceInSequence().IsMatch(latin)) return bytes;
        latin = GraveWord().Replace(latin, "\u00C3\u00A0 ");
        return Encoding.Latin1.GetBytes(SpaceInSequence().Replace(latin, sequence => sequence.Value.Replace(' ', '\u00A0')));
    }

    /// <summary>Sequences with a lost byte become U+FFFD.</summary>
    private static byte[] MarkLost(byte[] bytes)
    {
        string latin = Encoding.Latin1.GetString(bytes);
        return LossySequence().IsMatch(latin) ? Encoding.Latin1.GetBytes(LossySequence().Replace(latin, "\u00EF\u00BF\u00BD")) : bytes;
    }

    /// <summary>Two variants of UTF-8 as the standard one: surrogates encoded one by one (CESU-8), and the two-byte zero of Java.</summary>
    private static byte[] ToStrictUtf8(byte[] bytes)
    {
        if (!bytes.AsSpan().ContainsAny((byte)0xED, (byte)0xC0)) return bytes;
        var strict = new List<byte>(bytes.Length);
        Span<byte> units = stackalloc byte[4];
        for (int i = 0; i < bytes.Length; i++)
        {
            var rest = bytes.AsSpan(i);
            if (rest is [0xED, >= 0xA0 and <= 0xAF, >= 0x80 and <= 0xBF, 0xED, >= 0xB0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                int high = ((rest[1] & 0x0F) << 6) | (rest[2] & 0x3F), low = ((rest[4] & 0x0F) << 6) | (rest[5] & 0x3F);
                int length = new Rune(0x10000 + (high << 10) + low).EncodeToUtf8(units);
                strict.AddRange(units[..length]);
                i += 5;
            }
            else if (rest is [0xC0, 0x80, ..])
            {
                strict.Add(0);
                i++;
            }
            else
                strict.Add(bytes[i]);
        }
        return [.. strict];
    }

    [GeneratedRegex("[\u00C2\u00C3\u00C5\u00CE\u00D0\u00D9] |[\u00E2\u00E3] [\u0080-\u0084\u0086-\u009F\u00A1-\u00BF]"
        + "|[\u00E0-\u00E3][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF] |\u00F0 [\u0080-\u00BF]{2}|\u00F0[\u0080-\u00BF] [\u0080-\u00BF]"
        + "|\u00F0[\u0080-\u00BF]{2} ", RegexOptions.CultureInvariant)]
    private static partial Regex SpaceInSequence();

    /// <summary>The word "à": 0xC3, a blank for 0xA0, and not what would begin a Portuguese word or another blank.</summary>
    [GeneratedRegex("\u00C3 (?! |quele|quela|quilo|s )", RegexOptions.CultureInvariant)]
    private static partial Regex GraveWord();

    [GeneratedRegex("[\u00C2-\u00DF]\u001A|[\u00C2\u00C3]\\?"
        + "|\u00ED[\u00A0-\u00AF][\u001A?]\u00ED[\u00B0-\u00BF][\u001A?\u0080-\u00BF]|\u00ED[\u00A0-\u00AF][\u001A?\u0080-\u00BF]\u00ED[\u00B0-\u00BF][\u001A?]"
        + "|[\u00E0-\u00EF][\u001A?][\u001A\u0080-\u00BF]|[\u00E0-\u00EF][\u001A\u0080-\u00BF][\u001A?]"
        + "|[\u00F0-\u00F4][\u001A?][\u001A\u0080-\u00BF]{2}|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A?][\u001A\u0080-\u00BF]"
        + "|[\u00F0-\u00F4][\u001A\u0080-\u00BF]{2}[\u001A?]|\u001A", RegexOptions.CultureInvariant)]
    private static partial Regex LossySequence();
}
