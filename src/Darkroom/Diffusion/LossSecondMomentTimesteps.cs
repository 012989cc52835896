namespace Darkroom.Diffusion;

/// <summary>
/// Importance sampling for L_vlb: p_t proportional to sqrt(E[L_t^2]) over the last losses of each timestep, mixed with a little of the uniform.
/// </summary>
/// <remarks>Nichol and Dhariwal 2021, arXiv:2102.09672, eq. 18. Uniform until every timestep has a full history.</remarks>
public sealed class LossSecondMomentTimesteps : ITimestepSampler
{
    private readonly double _uniformPart;

    /// <summary>A sampler without history.</summary>
    /// <param name="count">T.</param>
    /// <param name="history">How many losses to keep per timestep; 10.</param>
    /// <param name="uniformPart">The part of the uniform distribution, 0 .. 1; 0.001.</param>
    public LossSecondMomentTimesteps(int count, int history = 10, double uniformPart = 0.001)
    {
        _uniformPart = uniformPart;
        Losses = [.. Enumerable.Range(0, count).Select(_ => new double[history])];
        Counts = new int[count];
    }

    /// <summary>The last losses of each timestep, oldest first: with <see cref="Counts"/> all the state there is, for an exact resume.</summary>
    public double[][] Losses { get; }

    /// <summary>How many losses of each timestep are known.</summary>
    public int[] Counts { get; }

    /// <summary>Whether every timestep has a full history.</summary>
    public bool IsWarm => Counts.Zip(Losses).All(h => h.First == h.Second.Length);

    /// <summary>Weights that p_t is proportional to: all 1 until warm.</summary>
    public double[] Weights()
    {
        if (!IsWarm) return [.. Enumerable.Repeat(1.0, Counts.Length)];
        double[] roots = [.. Losses.Select(losses => Math.Sqrt(losses.Average(loss => loss * loss)))];
        double sum = roots.Sum();
        return [.. roots.Select(root => (sum > 0 ? root / sum : 1.0 / Counts.Length) * (1 - _uniformPart) + _uniformPart / Counts.Length)];
    }

    /// <inheritdoc/>
    public double[] Probabilities()
    {
        double[] weights = Weights();
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<long> timesteps, ReadOnlySpan<double> losses)
    {
        for (int i = 0; i < timesteps.Length; i++)
        {
            int t = (int)timesteps[i];
            double[] history = Losses[t];
            if (Counts[t] < history.Length)
            {
                history[Counts[t]++] = losses[i];
                continue;
            }
            Array.Copy(history, 1, history, 0, history.Length - 1);
            history[^1] = losses[i];
        }
    }
}
