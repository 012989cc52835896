namespace Darkroom.Text;

/// <summary>Special tokens that count when they are written out in a text; taken out before the text is cleaned.</summary>
/// <param name="ids">Id of each literal; of two that begin at one place the longer is taken.</param>
internal sealed class LiteralTokens(IReadOnlyDictionary<string, int> ids)
{
    private readonly string[] _literals = [.. ids.Keys.OrderByDescending(l => l.Length)];

    /// <summary>The pieces of a text in order: what lies between special tokens, and these with their ids.</summary>
    public IEnumerable<(string Piece, int? Id)> Split(string text)
    {
        int start = 0;
        int[] next = [.. _literals.Select(l => Find(l, 0))];
        while (next.Length > 0 && next.Min() is var at && at < text.Length)
        {
            string literal = _literals[Array.IndexOf(next, at)];
            if (at > start) yield return (text[start..at], null);
            yield return (literal, ids[literal]);
            start = at + literal.Length;
            for (int i = 0; i < next.Length; i++)
                if (next[i] < start) next[i] = Find(_literals[i], start);
        }
        if (start < text.Length) yield return (text[start..], null);

        int Find(string literal, int from) => text.IndexOf(literal, from, StringComparison.Ordinal) is >= 0 and var found ? found : text.Length;
    }
}
