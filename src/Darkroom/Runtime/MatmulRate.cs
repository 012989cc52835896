using System.Diagnostics;
using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>How fast the machine multiplies matrices: the yardstick for everything else.</summary>
internal static class MatmulRate
{
    private const int UsualSize = 2048;
    private static readonly TimeSpan UsualDuration = TimeSpan.FromSeconds(1.5);

    /// <summary>The yardstick of the benchmarks: the best rate of 2048x2048 products over one and a half seconds.</summary>
    /// <param name="type">The type of the elements.</param>
    /// <param name="cancellation">Checked between products.</param>
    public static double Measure(ScalarType type, CancellationToken cancellation) => Measure(type, UsualSize, UsualDuration, cancellation);

    /// <summary>Multiplies square matrices for a while and returns the best rate seen.</summary>
    /// <param name="type">The type of the elements.</param>
    /// <param name="size">Rows and columns; 2048 is the size that speeds are compared at.</param>
    /// <param name="duration">How long to measure; at least three products are timed.</param>
    /// <param name="cancellation">Checked between products.</param>
    /// <returns>GFLOP/s, a product counted as 2 n^3 operations.</returns>
    public static double Measure(ScalarType type, int size, TimeSpan duration, CancellationToken cancellation = default)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var generator = new Generator(0);
        var a = randn([size, size], dtype: ScalarType.Float32, generator: generator).to_type(type);
        var b = randn([size, size], dtype: ScalarType.Float32, generator: generator).to_type(type);
        using (mm(a, b)) { }
        double best = double.MaxValue;
        long started = Stopwatch.GetTimestamp();
        for (int repeats = 0; repeats < 3 || Stopwatch.GetElapsedTime(started) < duration; repeats++)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = Stopwatch.GetTimestamp();
            using var product = mm(a, b);
            best = Math.Min(best, Stopwatch.GetElapsedTime(before).TotalSeconds);
        }
        return 2.0 * size * size * size / best / 1e9;
    }
}
