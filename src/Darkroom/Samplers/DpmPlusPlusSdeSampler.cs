using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// DPM-Solver++ for the SDE in single-step form: noise at the middle of the step in lambda, and at its end.
/// </summary>
/// <remarks>
/// k-diffusion's sample_dpmpp_sde and diffusers' DPMSolverSDE; Lu et al. 2022, arXiv:2211.01095. The two noises of a
/// step belong to overlapping intervals of one Brownian motion. The step to sigma = 0 is Euler's.
/// </remarks>
public sealed class DpmPlusPlusSdeSampler : StepwiseSampler
{
    /// <summary>eta, at least 0: strength of the noise; default 1.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// r, where in (0, 1] of the step in lambda the inner evaluation lies; default 1/2. The plan must be made with the
    /// same r.
    /// </summary>
    public double MidpointRatio { get; init; } = 0.5;

    private protected override Tensor Step(in SamplerStep step)
    {
        if (step.To.Sigma == 0) return FirstOrderStep.Of(step.Prediction, step.To);
        var split = AncestralSplit.Of(step.From.Ratio, step.To.Ratio, Eta);
        bool inner = (step.Index - step.Plan.Start) % 2 == 0;
        var (start, denoised) = (step.X, step.Prediction.Denoised);
        if (inner)
        {
            step.Memory.Set("x", step.X);
            step.Memory.Set("denoised", denoised);
        }
        else
        {
            double weight = 1 / (2 * MidpointRatio);
            start = step.Memory.Get("x");
            denoised = WeightedSum.Of((1 - weight, step.Memory.Get("denoised")), (weight, denoised));
        }
        var x = FirstOrderStep.Towards(denoised, start, step.From, step.To, split.Down);
        var (from, to) = NoiseInterval(step.Plan, step.Index, inner);
        return x.add_(step.Noise.Between(from, to, x), alpha: step.To.Alpha * split.Up * NoiseScale);
    }

    // The references look the noise up at exp(-t) with t = -ln sigma, all in float32, and a Brownian path tells one
    // last bit from the next.
    private (double From, double To) NoiseInterval(SamplingPlan plan, int index, bool inner)
    {
        using var scope = NewDisposeScope();
        var levels = plan.BrownianLevels;
        var last = plan.MoveAt(inner ? index + 1 : index).To;
        var t = Float32(levels?[index / 2] ?? plan.MoveAt(inner ? index : index - 1).From.Ratio).log().neg();
        var end = Float32(levels?[index / 2 + 1] ?? last.Ratio).log().neg();
        if (inner) end = t + (end - t) * (float)MidpointRatio;
        return (t.neg().exp().item<float>(), end.neg().exp().item<float>());
    }

    private static Tensor Float32(double value) => tensor((float)value, dtype: ScalarType.Float32, device: CPU);
}
