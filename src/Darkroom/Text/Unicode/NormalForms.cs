using System.Text;

namespace Darkroom.Text.Unicode;

/// <summary>The canonical normal forms C and D (Unicode Standard Annex 15), from our own table, so that they don't depend on the platform.</summary>
internal static class NormalForms
{
    private const int HangulFirst = 0xAC00, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;

    /// <summary>No code point below this one takes part in composing, and all below it are in form C.</summary>
    private const char FirstOfInterest = '\u0300';

    /// <summary>Form C: decomposed, ordered, composed. An unpaired surrogate becomes U+FFFD.</summary>
    public static string Compose(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstOfInterest, char.MaxValue) < 0) return text;
        var runes = Ordered(text);
        var composed = new List<int>(runes.Count);
        int starter = -1, lastClass = 0;
        foreach (int rune in runes)
        {
            int combiningClass = UnicodeTable.Data.CombiningClass(rune);
            bool blocked = starter < 0 || (starter < composed.Count - 1 && lastClass >= combiningClass);
            if (!blocked && Pair(composed[starter], rune) is int pair)
            {
                composed[starter] = pair;
                continue;
            }
            if (combiningClass == 0) starter = composed.Count;
            lastClass = combiningClass;
            composed.Add(rune);
        }
        return ToText(composed);
    }

    /// <summary>Form D: decomposed and ordered. An unpaired surrogate becomes U+FFFD.</summary>
    public static string Decompose(string text) => text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007F') < 0 ? text : ToText(Ordered(text));

    private static List<int> Ordered(string text)
    {
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) AppendDecomposed(runes, rune.Value);
        for (int i = 0; i < runes.Count;)
        {
            int end = i;
            while (end < runes.Count && UnicodeTable.Data.CombiningClass(runes[end]) != 0) end++;
            if (end - i > 1)
            {
                int[] marks = [.. runes.GetRange(i, end - i).OrderBy(UnicodeTable.Data.CombiningClass)];
                for (int k = 0; k < marks.Length; k++) runes[i + k] = marks[k];
            }
            i = end + 1;
        }
        return runes;
    }

    private static void AppendDecomposed(List<int> to, int rune)
    {
        int hangul = rune - HangulFirst;
        if (hangul is >= 0 and < HangulCount)
        {
            to.Add(LeadFirst + hangul / (VowelCount * TailCount));
            to.Add(VowelFirst + hangul % (VowelCount * TailCount) / TailCount);
            if (hangul % TailCount != 0) to.Add(TailFirst + hangul % TailCount);
        }
        else if (UnicodeTable.Data.Decomposition.TryGetValue(rune, out var parts))
        {
            AppendDecomposed(to, parts.First);
            if (parts.Second != 0) to.Add(parts.Second);       // a second part never decomposes further
        }
        else
            to.Add(rune);
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < LeadCount && second - VowelFirst is >= 0 and < VowelCount)
            return HangulFirst + ((first - LeadFirst) * VowelCount + second - VowelFirst) * TailCount;
        if (first - HangulFirst is >= 0 and < HangulCount && (first - HangulFirst) % TailCount == 0 && second - TailFirst is > 0 and < TailCount)
            return first + second - TailFirst;
        return UnicodeTable.Data.Composition.TryGetValue((first, second), out int pair) ? pair : null;
    }

    private static string ToText(List<int> runes)
    {
        var text = new StringBuilder(runes.Count);
        foreach (int rune in runes) Letters.AppendRune(text, new Rune(rune));
        return text.ToString();
    }
}
