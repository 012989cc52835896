using System.Collections.Frozen;

namespace Darkroom.Text.Cleaning;

/// <summary>One of the single-byte encodings in which UTF-8 text gets read by mistake.</summary>
internal sealed class SingleByteEncoding
{
    /// <summary>The byte that stands for U+FFFD in the lenient encodings: a character that was lost before.</summary>
    public const byte Lost = 0x1A;

    private readonly char[] _characters = new char[256];
    private readonly FrozenDictionary<char, byte> _bytes;

    /// <summary>An encoding whose lower half is ASCII.</summary>
    /// <param name="upperHalf">The characters of bytes 128 to 255; lenient encodings have control characters where a byte is not assigned.</param>
    /// <param name="lenient">Byte 0x1A stands for U+FFFD.</param>
    /// <param name="spaceMayBeLost">Whether 0xA0 is a no-break space, which other programs may have turned into a blank.</param>
    private SingleByteEncoding(string upperHalf, bool lenient, bool spaceMayBeLost = true)
    {
        for (int value = 0; value < 128; value++) _characters[value] = (char)value;
        upperHalf.CopyTo(0, _characters, 128, 128);
        Lenient = lenient;
        SpaceMayBeLost = spaceMayBeLost;
        if (lenient) _characters[Lost] = '\uFFFD';
        _bytes = Enumerable.Range(0, 256).ToFrozenDictionary(value => _characters[value], value => (byte)value);
    }

    public static SingleByteEncoding Latin1 { get; } = new(string.Concat(Enumerable.Range(128, 128).Select(value => (char)value)), lenient: false);

    public static SingleByteEncoding Windows1252 { get; } = new(
        "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ", lenient: true);

    public static SingleByteEncoding Windows1251 { get; } = new(
        "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u0098™љ›њќћџ\u00A0ЎўЈ¤Ґ¦§Ё©Є«¬\u00AD®Ї°±Ііґµ¶·ё№є»јЅѕї"
        + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя", lenient: true);

    public static SingleByteEncoding Windows1250 { get; } = new(
        "€\u0081‚\u0083„…†‡\u0088‰Š‹ŚŤŽŹ\u0090‘’“”•–—\u0098™š›śťžź\u00A0ˇ˘Ł¤Ą¦§¨©Ş«¬\u00AD®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż"
        + "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙", lenient: true);

    public static SingleByteEncoding Windows1253 { get; } = new(
        "€\u0081‚ƒ„…†‡\u0088‰\u008A‹\u008C\u008D\u008E\u008F\u0090‘’“”•–—\u0098™\u009A›\u009C\u009D\u009E\u009F"
        + "\u00A0΅Ά£¤¥¦§¨©ª«¬\u00AD®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ"
        + "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡÒΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώÿ", lenient: true);

    public static SingleByteEncoding Windows1254 { get; } = new(
        "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008D\u008E\u008F\u0090‘’“”•–—˜™š›œ\u009D\u009EŸ\u00A0¡¢£¤¥¦§¨©ª«¬\u00AD®¯°±²³´µ¶·¸¹º»¼½¾¿"
        + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ", lenient: true);

    public static SingleByteEncoding Windows1257 { get; } = new(
        "€\u0081‚\u0083„…†‡\u0088‰\u008A‹\u008C¨ˇ¸\u0090‘’“”•–—\u0098™\u009A›\u009C¯˛\u009F"
        + "\u00A0\u00A1¢£¤\u00A5¦§Ø©Ŗ«¬\u00AD®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ"
        + "ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽßąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙", lenient: true);

    public static SingleByteEncoding Latin2 { get; } = new(
        string.Concat(Enumerable.Range(128, 32).Select(value => (char)value)) + "\u00A0Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u00ADŽŻ°ą˛ł´ľśˇ¸šşťź˝žż"
        + "ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙", lenient: false);

    public static SingleByteEncoding MacRoman { get; } = new(
        "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u00A0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ"
        + "‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uF8FFÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ", lenient: false, spaceMayBeLost: false);

    public static SingleByteEncoding CodePage437 { get; } = new(
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
        + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0", lenient: false);

    /// <summary>The encodings in the order in which a wrong reading is looked for.</summary>
    public static IReadOnlyList<SingleByteEncoding> InOrderOfTrial { get; } =
        [Latin1, Windows1252, Windows1251, Windows1250, Windows1253, Windows1254, Windows1257, Latin2, MacRoman, CodePage437];

    public bool Lenient { get; }

    public bool SpaceMayBeLost { get; }

    /// <summary>The character of a byte.</summary>
    public char this[byte value] => _characters[value];

    /// <summary>The bytes that the text is in this encoding; null where it has a character that the encoding lacks.</summary>
    public byte[]? Encode(string text)
    {
        var bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
            if (!_bytes.TryGetValue(text[i], out bytes[i])) return null;
        return bytes;
    }
}
