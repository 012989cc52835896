namespace Darkroom.Samplers;

/// <summary>numpy's SeedSequence: hashes a seed and a path in a tree into independent 32-bit seeds.</summary>
/// <remarks>O'Neill's seed_seq_fe (pcg-random.org, 2015), with numpy's constants.</remarks>
internal static class SeedSequence
{
    private const uint InitA = 0x43b0d7e5, MultiplierA = 0x931e8875;
    private const uint InitB = 0x8b51f9dd, MultiplierB = 0x58f38ded;
    private const uint MixLeft = 0xca01f9dd, MixRight = 0x4973f715;

    /// <summary>
    /// <paramref name="count"/> seeds: <c>SeedSequence(entropy, spawn_key=path,
    /// pool_size=poolSize).generate_state(count)</c>.
    /// </summary>
    public static uint[] Generate(ulong entropy, ReadOnlySpan<ulong> path, int poolSize, int count)
    {
        var words = new List<uint>();
        AddWords(words, entropy);
        if (path.Length > 0)
        {
            while (words.Count < poolSize) words.Add(0);
            foreach (ulong key in path) AddWords(words, key);
        }
        return Expand(Pool(words, poolSize), count);
    }

    private static void AddWords(List<uint> words, ulong value)
    {
        words.Add((uint)value);
        if (value > uint.MaxValue) words.Add((uint)(value >> 32));
    }

    private static uint[] Pool(List<uint> words, int size)
    {
        uint constant = InitA;
        uint Hash(uint value)
        {
            value ^= constant;
            constant = unchecked(constant * MultiplierA);
            value = unchecked(value * constant);
            return value ^ (value >> 16);
        }

        var pool = new uint[size];
        for (int i = 0; i < size; i++) pool[i] = Hash(i < words.Count ? words[i] : 0);
        for (int from = 0; from < size; from++)
            for (int to = 0; to < size; to++)
                if (from != to) pool[to] = Mix(pool[to], Hash(pool[from]));
        for (int from = size; from < words.Count; from++)
            for (int to = 0; to < size; to++) pool[to] = Mix(pool[to], Hash(words[from]));
        return pool;
    }

    private static uint Mix(uint left, uint right)
    {
        uint mixed = unchecked(MixLeft * left - MixRight * right);
        return mixed ^ (mixed >> 16);
    }

    private static uint[] Expand(uint[] pool, int count)
    {
        uint constant = InitB;
        var state = new uint[count];
        for (int i = 0; i < count; i++)
        {
            uint value = pool[i % pool.Length] ^ constant;
            constant = unchecked(constant * MultiplierB);
            value = unchecked(value * constant);
            state[i] = value ^ (value >> 16);
        }
        return state;
    }
}
