using System.Text.RegularExpressions;

namespace Darkroom.Text.Cleaning;

/// <summary>Tells whether text looks as if UTF-8 bytes had been read in a single-byte encoding ("mojibake").</summary>
/// <remarks>
/// The signs are those of ftfy 6.3 (Robyn Speer, https://ftfy.readthedocs.io), which the reference tokenizers run: about 400 characters
/// that such misreadings produce, in classes, and the neighbourhoods of classes that hardly occur in text that was read correctly.
/// </remarks>
internal static partial class MojibakeSigns
{
    private const string Control = "\u0080-\u009F";
    private const string Common = "\u00A0\u00AD·´–—―…’";
    private const string Bad = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\uFFFDªº";
    private const string Law = "¶§";
    private const string Currency = "¢£¥₧€";
    private const string Opening = "¡«¿©΄΅‘‚“„•‹\uF8FF";
    private const string Closing = "®»˝”›™";
    private const string Numeric = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
    private const string Face = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
    private const string UpperAccented = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    private const string LowerAccented = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ";
    private const string UpperCommon = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
    private const string LowerCommon = "α-ωάέήίΰа-џ";
    private const string Box = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";
    private const string Space = @"\t-\r\x1C-\x20\x85\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";
    private const string WordLetter = @"\p{L}\p{N}_";

    private const string Accented = LowerAccented + UpperAccented;
    private const string Punctuation = Opening + Closing;
    private const string Symbol = Box + Punctuation + Currency + Numeric + Law;
    private const string ArabicTail = Common + Currency + Bad + Numeric + Opening + "ŸŠ®°µ»";

    private const string ByClass =
        "[" + Control + "]"
        + "|[" + Bad + Accented + Symbol + "][" + Bad + "]"
        + "|[a-zA-Z][" + LowerCommon + UpperCommon + "][" + Bad + "]"
        + "|[" + Bad + "][" + Accented + Symbol + "]"
        + "|[" + LowerAccented + LowerCommon + Box + Closing + Currency + Numeric + "][" + UpperAccented + "]"
        + "|[" + Box + Closing + Currency + Numeric + "][" + LowerAccented + "]"
        + "|[" + LowerAccented + Box + Closing + "][" + Currency + "]"
        + "|[" + Space + "][" + UpperAccented + "][" + Currency + "]"
        + "|[" + UpperAccented + Box + "][" + Numeric + Law + "]"
        + "|[" + Accented + Box + Currency + Closing + "][" + Opening + "][" + Numeric + "]"
        + "|[" + Accented + Currency + Numeric + Box + Law + "][" + Closing + "][" + Opening + "]"
        + "|[" + Currency + Numeric + Box + "][" + Opening + "]"
        + "|[a-z][" + UpperAccented + "][" + Opening + Currency + "]"
        + "|[" + Box + "][" + Face + "]"
        + "|[" + Accented + Currency + Numeric + Punctuation + Law + "][" + Box + "]"
        + "|[" + Box + "][" + Closing + "]"
        + "|[" + Accented + "][" + Punctuation + "][" + WordLetter + "]"
        + "|[" + UpperAccented + "]°";

    private const string BySequence =
        "[Œœ][^A-Za-z]"                                                       // the ligature inside a French word has letters after it
        + "|[ÂÃÎÐ][€œŠš¢£Ÿž\u00A0\u00AD®©°·»" + Punctuation + "–—´]"          // U+0080 to U+00FF, Greek and Cyrillic in Windows-1252
        + "|×[²³]"
        + "|[ØÙ][" + ArabicTail + "][ØÙ][" + ArabicTail + "]"                 // Arabic in Windows-1252
        + "|à[²µ¹¼½¾]"                                                        // Indic scripts in Windows-1252
        + "|√[±∂†≠®™´≤≥¥µø]|≈[°¢]|‚Ä[ìîïòôúùû†°¢π]|‚[âó][àä°ê]"               // Mac Roman
        + "|вЂ|[ВГРС][" + Control + Bad + Punctuation + Currency + "°µ][ВГРС]|ГўВЂВ.[A-Za-z ]"   // Windows-1251
        + "|Ã[\u00A0¡]|[a-z][" + Space + "]?[ÃÂ] |^[ÃÂ] "                     // a grave, a acute, a no-break space
        + "|[a-z.,?!" + Closing + "]Â[ " + Punctuation + "]"                  // a sign after its own first byte
        + "|β€[™\u00A0Ά\u00AD®°]|[ΒΓΞΟ][" + Control + Bad + Punctuation + Currency + "°][ΒΓΞΟ]"   // Windows-1253
        + "|ā€";                                                              // Windows-1257

    /// <summary>Whether any sign is met.</summary>
    public static bool AreIn(string text) => Signs().IsMatch(text);

    [GeneratedRegex(ByClass + "|" + BySequence, RegexOptions.CultureInvariant)]
    private static partial Regex Signs();
}
