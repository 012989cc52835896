namespace Darkroom.Training.Data;

/// <summary>
/// A counter-based generator: the stream depends on (seed, index) alone, so that sample <c>index</c> is the same whatever thread draws it and in whatever order.
/// </summary>
/// <remarks>SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 16.</remarks>
internal struct SampleRandom(ulong seed, ulong index)
{
    private ulong _state = Mix(Mix(seed + 0x9E3779B97F4A7C15UL) ^ (index * 0xD1342543DE82EF95UL));

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits() => Mix(_state += 0x9E3779B97F4A7C15UL);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public float Between(float low, float high) => low + (high - low) * (float)NextDouble();

    /// <summary>Uniform in 0 .. count - 1.</summary>
    public int Below(int count) => (int)Math.BigMul(NextBits(), (ulong)count, out _);

    /// <summary>A well mixed 64-bit hash of one number.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
