using System.Globalization;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// A Brownian path W(t) over an interval, fixed by a seed alone: any two queries see the same path, whatever was asked
/// before.
/// </summary>
/// <remarks>
/// The numbers are those of torchsde 0.2.6's BrownianTree (tol = 1e-6, pool_size = 24). The interval is halved until
/// the query is found, and the middle of [a, b] is drawn from the bridge N((m - a)/(b - a) W, (m - a)(b - m)/(b - a)).
/// Times are rounded to six decimals. The normals of a node come from torch's CPU generator, seeded by numpy's
/// SeedSequence from the node's place in the tree.
/// </remarks>
internal sealed class BrownianTree
{
    private const int PoolSize = 24;

    private readonly ulong _seed;
    private readonly double _start;
    private readonly double _end;
    private readonly float[] _whole;
    private readonly double _deviation;

    /// <summary>A path over [start, end] for a number of independent values.</summary>
    public BrownianTree(long seed, double start, double end, int size)
    {
        _seed = unchecked((ulong)seed);
        (_start, _end) = (Rounded(start), Rounded(end));
        _deviation = Math.Sqrt(end - start);
        _whole = Normals(SeedSequence.Generate(_seed, [], PoolSize, 1)[0], size);
    }

    /// <summary>W(to) - W(from) of each value; times outside the interval are moved to its ends.</summary>
    public double[] Increment(double from, double to)
    {
        double[] increment = At(to), start = At(from);
        for (int i = 0; i < increment.Length; i++) increment[i] -= start[i];
        return increment;
    }

    private double[] At(double time)
    {
        double t = Rounded(Math.Clamp(time, _start, _end)), a = _start, b = _end;
        var value = new double[_whole.Length];
        double[] increment = [.. _whole.Select(z => z * _deviation)];
        ulong key = 0;
        for (ulong depth = 0; t != a && t != b; depth++)
        {
            double m = Rounded(0.5 * (a + b));
            float[] normals = Normals(SeedSequence.Generate(_seed, [key, depth], PoolSize, 1)[0], value.Length);
            double mean = (m - a) / (b - a), deviation = Math.Sqrt((m - a) * (b - m) / (b - a));
            bool left = t <= m;
            for (int i = 0; i < value.Length; i++)
            {
                double first = mean * increment[i] + deviation * normals[i];
                value[i] += left ? 0 : first;
                increment[i] = left ? first : increment[i] - first;
            }
            (a, b) = left ? (a, m) : (m, b);
            key = 2 * key + (left ? 0u : 1u);
        }
        if (t != a) for (int i = 0; i < value.Length; i++) value[i] += increment[i];
        return value;
    }

    private static float[] Normals(uint seed, int size)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed, CPU);
        return [.. randn(size, dtype: ScalarType.Float32, device: CPU, generator: generator).data<float>()];
    }

    // Python's round(t, 6): exact decimal digits, not a multiplication by 10^6.
    private static double Rounded(double t) =>
        double.Parse(t.ToString("F6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
