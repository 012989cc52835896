using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// DPM-Solver and DPM-Solver++ in multistep form, as ODE or SDE: one evaluation per step, order up to three.
/// </summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2206.00927 and arXiv:2211.01095, alg. 2. One text for diffusers' DPMSolverMultistep
/// (dpmsolver, dpmsolver++, sde-*), and k-diffusion's sample_dpmpp_2m, sample_dpmpp_2m_sde and sample_dpmpp_3m_sde. A
/// step to sigma = 0 has order one: no residual noise remains.
/// </remarks>
public sealed class DpmSolverMultistepSampler : StepwiseSampler
{
    /// <summary>What is integrated; default x_0 hat (DPM-Solver++).</summary>
    public SolverPrediction Prediction { get; init; } = SolverPrediction.Denoised;

    /// <summary>The largest order, 1 to 3; default 2.</summary>
    public int Order { get; init; } = 2;

    /// <summary>The form of the second-order step; default midpoint.</summary>
    public SecondOrderTerm SecondOrder { get; init; } = SecondOrderTerm.Midpoint;

    /// <summary>Strength of the fresh noise, at least 0: 0 (the default) is the ODE, 1 the SDE.</summary>
    public double Eta { get; init; }

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// Whether the last two steps of plans of fewer than 15 steps have order at most two and one; default false.
    /// </summary>
    public bool LowerOrderFinal { get; init; }

    /// <summary>Whether the last step has order one in plans of any length; default false.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>
    /// Whether noise is drawn for a step to sigma = 0 too: diffusers does, k-diffusion doesn't (default).
    /// </summary>
    public bool DrawAtZero { get; init; }

    /// <summary>
    /// Whether the third-order SDE step has the second difference's weight as diffusers computes it, -(phi_2 / 2h) -
    /// 1/2 in place of -(phi_2 / 2h) + 1/2. Default false, k-diffusion's, which is the exact integral.
    /// </summary>
    public bool DiffusersThirdOrder { get; init; }

    private protected override Tensor Step(in SamplerStep step)
    {
        var memory = step.Memory;
        memory.Push(step.At, Prediction == SolverPrediction.Denoised ? step.Prediction.Denoised : step.Prediction.Epsilon, Order);
        var weights = ExponentialStep.Of(Prediction, step.From, step.To, Eta);
        var x = OrderOf(step) switch
        {
            1 => WeightedSum.Of((weights.X, step.X), (weights.First, memory[0].Value)),
            2 => Second(step, weights),
            _ => Third(step, weights),
        };
        if (Eta == 0 || (step.To.Sigma == 0 && !DrawAtZero)) return x;
        var z = step.Noise.Between(step.From.Ratio, step.To.Ratio, x);
        return weights.Noise == 0 ? x : x.add_(z, alpha: weights.Noise * NoiseScale);
    }

    private int OrderOf(in SamplerStep step)
    {
        int evaluations = step.Plan.Points.Count - 1, remaining = evaluations - step.Index;
        int most = Math.Min(Order, step.Memory.Count);
        bool few = LowerOrderFinal && evaluations < 15;
        if (step.To.Sigma == 0 || (remaining == 1 && (EulerAtFinal || few))) return 1;
        return remaining == 2 && few ? Math.Min(most, 2) : most;
    }

    // D1 = (m0 - m1) / r0, r0 = h0 / h
    private Tensor Second(in SamplerStep step, ExponentialStep weights)
    {
        var memory = step.Memory;
        double h = step.To.Lambda - step.From.Lambda;
        double r = (step.From.Lambda - memory[1].At.Lambda) / h;
        double difference = weights.Difference(SecondOrder) / r;
        return WeightedSum.Of((weights.X, step.X), (weights.First + difference, memory[0].Value), (-difference, memory[1].Value));
    }

    // D10 = (m0 - m1) / r0, D11 = (m1 - m2) / r1, D1 = D10 + r0 / (r0 + r1) (D10 - D11), D2 = (D10 - D11) / (r0 + r1)
    private Tensor Third(in SamplerStep step, ExponentialStep weights)
    {
        var memory = step.Memory;
        double h = step.To.Lambda - step.From.Lambda;
        double r0 = (step.From.Lambda - memory[1].At.Lambda) / h, r1 = (memory[1].At.Lambda - memory[2].At.Lambda) / h;
        double second = DiffusersThirdOrder && Eta > 0 ? weights.Second - step.To.Alpha : weights.Second;
        double d10 = weights.Heun * (1 + r0 / (r0 + r1)) + second / (r0 + r1);
        double d11 = -weights.Heun * r0 / (r0 + r1) - second / (r0 + r1);
        return WeightedSum.Of((weights.X, step.X), (weights.First + d10 / r0, memory[0].Value),
            (d11 / r1 - d10 / r0, memory[1].Value), (-d11 / r1, memory[2].Value));
    }
}
