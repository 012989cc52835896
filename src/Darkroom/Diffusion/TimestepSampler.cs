namespace Darkroom.Diffusion;

/// <summary>Timesteps drawn for a batch, and the weights that make the loss an unbiased mean over all timesteps.</summary>
/// <param name="Timesteps">t per item.</param>
/// <param name="Weights">1 / (T p_t) per item.</param>
public readonly record struct TimestepDraw(long[] Timesteps, double[] Weights);

/// <summary>A distribution over the timesteps 0 .. T-1 to train on.</summary>
public interface ITimestepSampler
{
    /// <summary>p_t, which sum to 1.</summary>
    double[] Probabilities();

    /// <summary>Tells of losses that were measured, unweighted; samplers that don't adapt pass over it.</summary>
    /// <param name="timesteps">t per item.</param>
    /// <param name="losses">The loss per item, not yet weighted.</param>
    void Update(ReadOnlySpan<long> timesteps, ReadOnlySpan<double> losses);

    /// <summary>Draws by inversion of the cumulative sum.</summary>
    /// <param name="count">How many.</param>
    /// <param name="uniform">Draws a number of [0, 1).</param>
    TimestepDraw Draw(int count, Func<double> uniform)
    {
        double[] probabilities = Probabilities(), sums = new double[probabilities.Length];
        double sum = 0;
        for (int t = 0; t < sums.Length; t++) sums[t] = sum += probabilities[t];
        var timesteps = new long[count];
        for (int i = 0; i < count; i++)
        {
            int found = Array.BinarySearch(sums, uniform() * sum);
            timesteps[i] = Math.Min(found >= 0 ? found + 1 : ~found, sums.Length - 1);
        }
        return new(timesteps, [.. timesteps.Select(t => 1 / (probabilities.Length * probabilities[t]))]);
    }
}

/// <summary>Every timestep with the same probability.</summary>
/// <param name="count">T.</param>
public sealed class UniformTimesteps(int count) : ITimestepSampler
{
    /// <inheritdoc/>
    public double[] Probabilities() => [.. Enumerable.Repeat(1.0 / count, count)];

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<long> timesteps, ReadOnlySpan<double> losses)
    {
    }
}
