using Darkroom.Checkpoints;

namespace Darkroom.Training.Data;

/// <summary>The words of a data set of captions, for the model that learns from them.</summary>
internal static class CaptionWords
{
    /// <summary>One group, the most frequent words first; null where there are none.</summary>
    public static ModelWords? Of(IEnumerable<string> captions)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string word in captions.SelectMany(ModelWords.Split)) counts[word] = counts.GetValueOrDefault(word) + 1;
        if (counts.Count == 0) return null;
        var ordered = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal);
        return new ModelWords([new WordGroup("words", [.. ordered.Select(c => c.Key)])]);
    }
}
