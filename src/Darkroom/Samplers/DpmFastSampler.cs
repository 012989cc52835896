using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// DPM-Solver-fast: steps of order three, even in ln sigma, and one or two of lower order so that the evaluations come
/// out exactly.
/// </summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2206.00927, sec. 3.4, as k-diffusion's sample_dpm_fast. It needs only the ends of the plan and
/// the number of evaluations between them; it ends at the smallest noise level, not at 0. The callback comes once per
/// step, not per evaluation.
/// </remarks>
public sealed class DpmFastSampler : ISampler
{
    /// <summary>eta, at least 0; 0 (the default) is deterministic.</summary>
    public double Eta { get; init; }

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>The network's timestep of a noise level.</summary>
    public required Func<double, double> TimestepOf { get; init; }

    /// <inheritdoc/>
    public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(noise);
        var solver = new DpmSolverSteps(denoiser, TimestepOf);
        int[] orders = Orders(plan.Evaluations);
        float start = DpmSolverSteps.Time(plan.Points[plan.Start].Ratio), end = DpmSolverSteps.Time(plan.Points[^1].Ratio);
        int used = 0;
        using var carried = new CarriedState(x);
        for (int i = 0; i < orders.Length; i++)
        {
            using var scope = NewDisposeScope();
            var current = carried.X;
            float t = start + (end - start) * i / orders.Length;
            float next = i == orders.Length - 1 ? end : start + (end - start) * (i + 1) / orders.Length;
            var (down, up) = SolverNoise(t, next, end, Eta);
            var prediction = solver.Predict(current, t);
            var moved = orders[i] switch
            {
                1 => DpmSolverSteps.First(current, t, down, prediction.Epsilon),
                2 => solver.Second(current, t, down, prediction.Epsilon, 0.5f).X,
                _ => ThirdOrder(solver, current, t, down, prediction.Epsilon),
            };
            moved.add_(noise.Next(moved), alpha: up * NoiseScale);
            used += orders[i];
            var at = solver.At(next);
            var state = new SamplerState(used - 1, plan.Evaluations, at, moved, prediction.Denoised) { Next = at, StepDone = true };
            carried.Replace(after?.Invoke(state) ?? moved);
        }
        return carried.Result();
    }

    private static Tensor ThirdOrder(DpmSolverSteps solver, Tensor x, float t, float next, Tensor epsilon) =>
        solver.Third(x, t, next, epsilon, solver.Second(x, t, next, epsilon, 1f / 3).Inner);

    /// <summary>
    /// Where the deterministic part of a step goes, and the standard deviation of the noise that brings it back to the
    /// next level.
    /// </summary>
    internal static (float Down, double Up) SolverNoise(float t, float next, float end, double eta)
    {
        if (eta == 0) return (next, 0);
        float down = Math.Min(end, DpmSolverSteps.Time(AncestralSplit.Of(DpmSolverSteps.Sigma(t), DpmSolverSteps.Sigma(next), eta).Down));
        double sigma = DpmSolverSteps.Sigma(next), sigmaDown = DpmSolverSteps.Sigma(down);
        return (down, Math.Sqrt(Math.Max(0, sigma * sigma - sigmaDown * sigmaDown)));
    }

    /// <summary>Orders that add up to the number of evaluations: 3, 3, ..., then 2 and 1, or the remainder.</summary>
    internal static int[] Orders(int evaluations)
    {
        int steps = evaluations / 3 + 1;
        return evaluations % 3 == 0
            ? [.. Enumerable.Repeat(3, steps - 2), 2, 1]
            : [.. Enumerable.Repeat(3, steps - 1), evaluations % 3];
    }
}
