using System.Numerics;

namespace Darkroom.Runtime;

/// <summary>numpy's legacy generator <c>numpy.random.RandomState(seed)</c>, which training code of the original models draws from.</summary>
/// <remarks>The stream is frozen by numpy (NEP 19), so that the numbers are those of every version. Not thread-safe.</remarks>
/// <param name="seed">What <c>numpy.random.seed</c> takes: 0 .. 2^32 - 1.</param>
public sealed class NumpyRandom(uint seed)
{
    private readonly MersenneTwister _words = new(seed);
    private double? _spareNormal;

    /// <summary>A uniform number of [0, 1) with 53 bits: <c>random_sample()</c>.</summary>
    public double NextDouble()
    {
        double high = _words.Next() >> 5, low = _words.Next() >> 6;
        return (high * (1 << 26) + low) / (1L << 53);
    }

    /// <summary>A uniform number of [low, high): <c>uniform(low, high)</c>.</summary>
    public double NextUniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A standard normal number: <c>randn()</c>, by Marsaglia's polar method, every second one kept for later.</summary>
    public double NextNormal()
    {
        if (_spareNormal is { } spare)
        {
            _spareNormal = null;
            return spare;
        }
        double x, y, square;
        do
        {
            x = 2 * NextDouble() - 1;
            y = 2 * NextDouble() - 1;
            square = x * x + y * y;
        }
        while (square is >= 1 or 0);
        double factor = Math.Sqrt(-2 * Math.Log(square) / square);
        _spareNormal = factor * x;
        return factor * y;
    }

    /// <summary>A whole number of [low, high): <c>randint(low, high)</c> of int64.</summary>
    public long NextInteger(long low, long high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(low, high);
        return unchecked(low + (long)UpTo((ulong)(high - 1) - (ulong)low));
    }

    /// <summary>The numbers 0 .. n-1 in random order: <c>permutation(n)</c>.</summary>
    public int[] Permutation(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        int[] order = [.. Enumerable.Range(0, n)];
        for (int i = n - 1; i > 0; i--)
        {
            int other = (int)UpTo((ulong)i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>An index, each with its probability: <c>choice(n, p=probabilities)</c>.</summary>
    /// <param name="probabilities">Not negative; only their ratios count.</param>
    public int Choice(ReadOnlySpan<double> probabilities)
    {
        double sum = 0;
        foreach (double p in probabilities) sum += p;
        if (!(sum > 0)) throw new ArgumentException("The probabilities are all 0.", nameof(probabilities));
        double at = NextDouble(), below = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            below += probabilities[i];
            if (at < below / sum) return i;
        }
        return probabilities.Length - 1;
    }

    /// <summary>A whole number of [0, largest]: words masked to its bits, until one is not larger.</summary>
    private ulong UpTo(ulong largest)
    {
        if (largest == 0) return 0;
        ulong mask = ulong.MaxValue >> BitOperations.LeadingZeroCount(largest), value;
        do value = (largest <= uint.MaxValue ? _words.Next() : _words.NextPair()) & mask;
        while (value > largest);
        return value;
    }
}
