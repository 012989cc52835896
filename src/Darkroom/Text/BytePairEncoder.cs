using System.Text;

namespace Darkroom.Text;

/// <summary>Splits one word into the tokens of a vocabulary: always the neighbours with the lowest rank merge next, the leftmost first.</summary>
/// <remarks>A linked list of tokens and a queue of candidate merges: n log n in the length of the word.</remarks>
internal static class BytePairEncoder
{
    /// <summary>Appends the ids of a word's tokens.</summary>
    public static void Encode(BpeVocabulary vocabulary, ReadOnlySpan<char> word, List<int> ids)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int length = Encoding.UTF8.GetBytes(word, bytes);
        var tokens = new int[length];
        var next = new int[length];
        var previous = new int[length];
        var queue = new PriorityQueue<Candidate, (int Rank, int Position)>();
        for (int i = 0; i < length; i++)
        {
            tokens[i] = vocabulary.ByteId(bytes[i], last: i == length - 1);
            next[i] = i + 1 < length ? i + 1 : -1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < length; i++) Offer(i);
        while (queue.TryDequeue(out var merge, out _))
        {
            int left = merge.Position, right = next[left];
            if (tokens[left] != merge.Left || right < 0 || tokens[right] != merge.Right) continue;   // one side has merged since
            tokens[left] = merge.Merged;
            tokens[right] = -1;
            next[left] = next[right];
            if (next[left] >= 0)
            {
                previous[next[left]] = left;
                Offer(left);
            }
            if (previous[left] >= 0) Offer(previous[left]);
        }
        for (int i = 0; i >= 0 && i < length; i = next[i]) ids.Add(tokens[i]);

        void Offer(int position)
        {
            int left = tokens[position], right = tokens[next[position]];
            if (vocabulary.TryMerge(left, right, out int rank, out int merged))
                queue.Enqueue(new Candidate(position, left, right, merged), (rank, position));
        }
    }

    private readonly record struct Candidate(int Position, int Left, int Right, int Merged);
}
