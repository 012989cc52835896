namespace Darkroom;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The nearest candidate by Levenshtein distance, or null where none is near enough to be meant.</summary>
    public static string? For(string typed, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(typed.ToLowerInvariant(), candidate.ToLowerInvariant());
            int tolerated = Math.Max(1, Math.Min(typed.Length, candidate.Length) / 3);
            bool extends = typed.Length >= 3 && candidate.StartsWith(typed, StringComparison.OrdinalIgnoreCase);
            if ((distance > tolerated && !extends) || distance >= bestDistance) continue;
            (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    /// <summary>"Did you mean X?", or null.</summary>
    public static string? Question(string typed, IEnumerable<string> candidates) =>
        For(typed, candidates) is { } meant ? $"Did you mean {meant}?" : null;

    /// <summary>The least number of insertions, deletions and substitutions that turn one text into the other.</summary>
    /// <remarks>Two swapped neighbours count as one change, since that is how people mistype (optimal string alignment).</remarks>
    public static int Distance(string a, string b)
    {
        var rows = new int[3][];
        for (int r = 0; r < 3; r++) rows[r] = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) rows[0][j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            var (current, previous, before) = (rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3]);
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], before[j - 2] + 1);
            }
        }
        return rows[a.Length % 3][b.Length];
    }
}
