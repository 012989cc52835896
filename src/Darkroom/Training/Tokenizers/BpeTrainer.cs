using System.Text;
using Darkroom.Text;
using Darkroom.Text.Cleaning;

namespace Darkroom.Training.Tokenizers;

/// <summary>Learns the merges of a byte-level byte-pair vocabulary from texts: again and again the most frequent pair of neighbours becomes one token.</summary>
/// <remarks>
/// Sennrich et al. 2016, arXiv:1508.07909, algorithm 1, over bytes with CLIP's end-of-word mark; ties go to the pair that is first in ordinal order, so equal
/// texts give equal vocabularies. Because every byte is a token, any text can be written in the result.
/// </remarks>
public static class BpeTrainer
{
    /// <summary>Tokens that every vocabulary has: the bytes, the bytes at the end of a word, start and end.</summary>
    public const int SmallestVocabulary = 2 * 256 + 2;

    /// <summary>Learns a vocabulary.</summary>
    /// <param name="texts">Read once; cleaned and split as CLIP's tokenizer does it.</param>
    /// <param name="size">The most tokens; fewer come out where no pair occurs twice any more.</param>
    /// <exception cref="DarkroomException">InvalidRequest: the size is below <see cref="SmallestVocabulary"/>, or there are no words.</exception>
    public static BpeVocabulary Train(IEnumerable<string> texts, int size)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (size < SmallestVocabulary)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"A vocabulary has at least {SmallestVocabulary} tokens.", "size");
        var words = CountWords(texts);
        if (words.Count == 0) throw new DarkroomException(ErrorKind.InvalidRequest, "There are no words in the texts to learn a vocabulary from.");

        var merges = new List<BpeMerge>();
        while (merges.Count < size - SmallestVocabulary && MostFrequentPair(words) is { } pair)
        {
            merges.Add(pair);
            foreach (var word in words) word.Merge(pair);
        }
        return BpeVocabulary.FromMerges(merges);
    }

    private static List<CountedWord> CountWords(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            string cleaned = TextCleaner.Clean(text, TextCleaning.Transformers);
            foreach (var range in WordSplitter.Split(cleaned, [], ignoreCase: false))
            {
                string word = cleaned[range];
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }
        return [.. counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new CountedWord(c.Key, c.Value))];
    }

    private static BpeMerge? MostFrequentPair(List<CountedWord> words)
    {
        var counts = new Dictionary<BpeMerge, long>();
        foreach (var word in words)
            for (int i = 0; i + 1 < word.Tokens.Count; i++)
                counts[new BpeMerge(word.Tokens[i], word.Tokens[i + 1])] = counts.GetValueOrDefault(new BpeMerge(word.Tokens[i], word.Tokens[i + 1])) + word.Count;
        BpeMerge? best = null;
        long most = 1; // a pair that occurs once is no pattern
        foreach (var (pair, count) in counts)
            if (count > most || (count == most && best is { } other && Order(pair, other) < 0)) (best, most) = (pair, count);
        return best;
    }

    private static int Order(BpeMerge a, BpeMerge b) =>
        string.CompareOrdinal(a.Left, b.Left) is var left && left != 0 ? left : string.CompareOrdinal(a.Right, b.Right);

    /// <summary>A word as its present tokens, and how often it occurs.</summary>
    private sealed class CountedWord
    {
        public CountedWord(string word, long count)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(word);
            Tokens = [.. bytes.Select((value, i) => ByteLetters.Of(value) + (i == bytes.Length - 1 ? BpeVocabulary.EndOfWord : ""))];
            Count = count;
        }

        public List<string> Tokens { get; }

        public long Count { get; }

        public void Merge(BpeMerge pair)
        {
            for (int i = 0; i + 1 < Tokens.Count; i++)
            {
                if (Tokens[i] != pair.Left || Tokens[i + 1] != pair.Right) continue;
                Tokens[i] = pair.Left + pair.Right;
                Tokens.RemoveAt(i + 1);
            }
        }
    }
}
