using System.Globalization;
using System.Text;
using Darkroom.Text.Unicode;

namespace Darkroom.Text.Cleaning;

/// <summary>Cleans text in one of the ways of <see cref="TextCleaning"/>; the result is lower-cased and ready to be split into words.</summary>
internal static class TextCleaner
{
    /// <summary>The cleaned text.</summary>
    public static string Clean(string text, TextCleaning cleaning) => cleaning switch
    {
        TextCleaning.Transformers => Letters.Lower(NormalForms.Compose(text)),
        TextCleaning.Ftfy => Letters.LowerWithFinalSigma(SingleBlanks(FtfyRepair.Repair(text))),
        TextCleaning.OpenClip => Letters.LowerWithFinalSigma(
            SingleBlanks(HtmlEntities.Unescape(HtmlEntities.Unescape(FtfyRepair.Repair(text))))),
        TextCleaning.Basic => Basic(text),
        _ => throw new ArgumentOutOfRangeException(nameof(cleaning)),
    };

    /// <summary>The first step of BERT's basic tokenizer: white space to blanks, control characters dropped, blanks around ideographs.</summary>
    public static string WithoutControls(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsBasicSpace(rune)) kept.Append(' ');
            else if (IsDropped(rune)) continue;
            else if (Ideographs.Contains(rune)) kept.Append(' ').Append(rune.ToString()).Append(' ');
            else Letters.AppendRune(kept, rune);
        }
        return kept.ToString();
    }

    /// <summary>Runs of white space as single blanks, none at either end.</summary>
    private static string SingleBlanks(string text) => string.Join(' ', Blanked(text, Letters.IsPythonSpace).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Basic(string text) =>
        string.Join(' ', Blanked(NormalForms.Compose(WithoutControls(text)), Letters.IsPythonSpace).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(Letters.LowerWithFinalSigma));

    /// <summary>What the basic cleaning takes for a blank: tab, line ends and the category Zs.</summary>
    private static bool IsBasicSpace(Rune rune) =>
        rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    /// <summary>U+0000, U+FFFD and the categories Cc, Cf, Cs, Co, Cn.</summary>
    private static bool IsDropped(Rune rune) => rune.Value is < 0x20 or >= 0x7F
        && (rune.Value == 0xFFFD || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            || UnicodeTable.Data.IsUnassigned(rune));

    private static string Blanked(string text, Func<Rune, bool> isSpace)
    {
        var blanked = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (isSpace(rune)) blanked.Append(' ');
            else Letters.AppendRune(blanked, rune);
        return blanked.ToString();
    }
}
