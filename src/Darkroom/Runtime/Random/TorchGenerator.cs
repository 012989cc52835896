using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>
/// <c>torch.Generator("cpu")</c> on the host: the same numbers in the same order for the same calls, with the same bits on every machine,
/// and a state that can be saved. It needs no native library.
/// </summary>
/// <remarks>
/// A seed is taken modulo 2^32, as torch does. Integers, uniform numbers and float32 normals of 16 and more equal torch's AVX2 build
/// bit for bit; normals of float64, or of fewer than 16, can differ in the last place, because they use the C library's functions.
/// Not thread-safe.
/// </remarks>
public sealed partial class TorchGenerator
{
    private readonly MersenneTwister _words;
    private readonly ulong _seed;
    private double? _spareNormal;

    /// <summary>A generator at the head of a seed's stream, as after <c>manual_seed(seed)</c>.</summary>
    public TorchGenerator(long seed)
        : this(unchecked((ulong)seed), new MersenneTwister(unchecked((uint)seed)))
    {
    }

    private TorchGenerator(ulong seed, MersenneTwister words) => (_seed, _words) = (seed, words);

    /// <summary>Uniform numbers of [0, 1): <c>torch.rand(..., dtype=torch.float32)</c>.</summary>
    public void Rand(Span<float> destination)
    {
        foreach (ref float x in destination) x = NextSingle();
    }

    /// <summary>Uniform numbers of [0, 1): <c>torch.rand(..., dtype=torch.float64)</c>.</summary>
    public void Rand(Span<double> destination)
    {
        foreach (ref double x in destination) x = NextDouble();
    }

    /// <summary>Uniform numbers as torch draws them in a half precision, given as float32.</summary>
    /// <param name="destination">Where they go; by rounding, 1 can occur.</param>
    /// <param name="dtype">Float16 or BFloat16; Float32 is <see cref="Rand(Span{float})"/>.</param>
    public void Rand(Span<float> destination, ScalarType dtype)
    {
        Rand(destination);
        Round(destination, dtype);
    }

    /// <summary>Standard normal numbers: <c>torch.randn(..., dtype=torch.float32)</c>. Drawing n at once is not the same as drawing in parts.</summary>
    public void Randn(Span<float> destination) => Randn(destination, ScalarType.Float32);

    /// <summary>Standard normal numbers as torch draws them in a half precision, given as float32.</summary>
    /// <param name="destination">Where they go.</param>
    /// <param name="dtype">Float16, BFloat16 or Float32.</param>
    public void Randn(Span<float> destination, ScalarType dtype)
    {
        if (destination.Length < 16)
        {
            foreach (ref float x in destination) x = (float)NextNormal();
        }
        else
        {
            int whole = destination.Length & ~15;
            Rand(dtype == ScalarType.Float32 ? destination : destination[..whole]);
            for (int i = 0; i < whole; i += 16) TorchNormal.TransformBlock(destination.Slice(i, 16));
            if (whole < destination.Length)
            {
                Rand(destination[^16..]);
                TorchNormal.TransformBlock(destination[^16..]);
            }
        }
        Round(destination, dtype);
    }

    /// <summary>Standard normal numbers: <c>torch.randn(..., dtype=torch.float64)</c>.</summary>
    public void Randn(Span<double> destination)
    {
        if (destination.Length < 16)
        {
            foreach (ref double x in destination) x = NextNormal();
            return;
        }
        Rand(destination);
        for (int i = 0; i + 16 <= destination.Length; i += 16) TransformBlock(destination.Slice(i, 16));
        if (destination.Length % 16 == 0) return;
        Rand(destination[^16..]);
        TransformBlock(destination[^16..]);
    }

    /// <summary>Whole numbers of [low, high): <c>torch.randint(low, high, ...)</c>.</summary>
    public void RandInt(Span<long> destination, long low, long high)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(low, high);
        foreach (ref long x in destination) x = unchecked(low + (long)NextBelow((ulong)high - (ulong)low));
    }

    /// <summary>The numbers 0 .. n-1 in random order: <c>torch.randperm(n)</c>.</summary>
    public long[] RandPerm(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var order = new long[n];
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = 0; i < n - 1; i++)
        {
            int other = i + (int)(_words.Next() % (uint)(n - i));
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>1 with probability p, else 0: <c>torch.bernoulli</c> of a tensor full of p, or <c>x.bernoulli_(p)</c>.</summary>
    public void Bernoulli(Span<float> destination, double probability)
    {
        foreach (ref float x in destination) x = NextSingle() < (float)probability ? 1 : 0;
    }

    /// <summary>Exponentially distributed numbers of rate 1: <c>x.exponential_()</c> of a float32 tensor.</summary>
    public void Exponential(Span<float> destination)
    {
        foreach (ref float x in destination) x = (float)-Log1P(-NextDouble());
    }

    /// <summary>Indices, each with a probability proportional to its weight: <c>torch.multinomial(weights, count, replacement)</c>.</summary>
    /// <param name="weights">Not negative, at least one positive; without replacement at least as many as are drawn.</param>
    /// <param name="count">How many are drawn.</param>
    /// <param name="replacement">Whether an index can be drawn again.</param>
    public long[] Multinomial(ReadOnlySpan<float> weights, int count, bool replacement)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        float sum = 0;
        var cumulative = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0)) throw new ArgumentException("A weight is negative or not a number.", nameof(weights));
            cumulative[i] = sum += weights[i];
        }
        if (!(sum > 0) || float.IsInfinity(sum)) throw new ArgumentException("The weights add up to nothing or to infinity.", nameof(weights));
        if (!replacement || count == 1) return WithoutReplacement(weights, count);

        for (int i = 0; i < cumulative.Length; i++) cumulative[i] /= sum;
        cumulative[^1] = 1;
        var drawn = new long[count];
        foreach (ref long index in drawn.AsSpan())
        {
            double at = NextDouble();
            index = Array.FindIndex(cumulative, c => c >= at);
        }
        return drawn;
    }

    /// <summary>The largest of weight over an exponential number come first.</summary>
    private long[] WithoutReplacement(ReadOnlySpan<float> weights, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, weights.Length);
        var keys = new float[weights.Length];
        Exponential(keys);
        for (int i = 0; i < keys.Length; i++) keys[i] = weights[i] / keys[i];
        return [.. Enumerable.Range(0, keys.Length).OrderByDescending(i => keys[i]).Take(count).Select(i => (long)i)];
    }

    private float NextSingle() => (_words.Next() & 0xFFFFFF) * (1f / (1 << 24));

    private double NextDouble() => (_words.NextPair() & ((1UL << 53) - 1)) * (1.0 / (1L << 53));

    /// <summary>A range of 0 stands for 2^64.</summary>
    private ulong NextBelow(ulong range) => range switch
    {
        0 => _words.NextPair(),
        < 1UL << 28 => _words.Next() % range,
        _ => _words.NextPair() % range,
    };

    private double NextNormal()
    {
        if (_spareNormal is { } spare)
        {
            _spareNormal = null;
            return spare;
        }
        double a = NextDouble(), b = NextDouble();
        double radius = Math.Sqrt(-2 * Log1P(-b)), angle = 2 * Math.PI * a;
        _spareNormal = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>ln(1 + x) for x in (-1, 0], where 1 + x is exact up to the rounding that the correction removes.</summary>
    private static double Log1P(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }

    private static void TransformBlock(Span<double> block)
    {
        for (int j = 0; j < 8; j++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - block[j])), angle = 2 * Math.PI * block[j + 8];
            block[j] = radius * Math.Cos(angle);
            block[j + 8] = radius * Math.Sin(angle);
        }
    }

    private static void Round(Span<float> values, ScalarType dtype)
    {
        switch (dtype)
        {
            case ScalarType.Float32:
                return;
            case ScalarType.Float16:
                foreach (ref float x in values) x = (float)(Half)x;
                return;
            case ScalarType.BFloat16:
                foreach (ref float x in values)
                {
                    uint bits = BitConverter.SingleToUInt32Bits(x); // round half to even at bit 16; no NaN occurs here
                    x = BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
                }
                return;
            default:
                throw new ArgumentException($"{dtype} is not a half precision.", nameof(dtype));
        }
    }
}
