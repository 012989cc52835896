using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// DPM-Solver and DPM-Solver++ in single-step form: two or three evaluations make one step of order two or three.
/// </summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2206.00927, algs. 1 and 2, and arXiv:2211.01095, alg. 1, in the form of diffusers'
/// DPMSolverSinglestep: the inner evaluations lie on the plan's own points, and each lands with the order that it has
/// reached.
/// </remarks>
public sealed class DpmSolverSinglestepSampler : StepwiseSampler
{
    /// <summary>What is integrated; default x_0 hat (DPM-Solver++).</summary>
    public SolverPrediction Prediction { get; init; } = SolverPrediction.Denoised;

    /// <summary>The largest order, 1 to 3; default 2.</summary>
    public int Order { get; init; } = 2;

    /// <summary>The form of the steps of order two and three; default midpoint.</summary>
    public SecondOrderTerm SecondOrder { get; init; } = SecondOrderTerm.Midpoint;

    /// <summary>Strength of the fresh noise: 0 (the default) is the ODE, 1 the SDE.</summary>
    public double Eta { get; init; }

    /// <summary>
    /// Whether the plan ends with steps of lower order, so that it may have any length; default true.
    /// </summary>
    public bool LowerOrderFinal { get; init; } = true;

    private protected override bool EndsStep(SamplingPlan plan, int index)
    {
        int[] orders = Orders(plan);
        return index == orders.Length - 1 || orders[index + 1] == 1;
    }

    private protected override Tensor Step(in SamplerStep step)
    {
        var memory = step.Memory;
        memory.Push(step.At, Prediction == SolverPrediction.Denoised ? step.Prediction.Denoised : step.Prediction.Epsilon, Order);
        int order = Math.Min(Orders(step.Plan)[step.Index], memory.Count);
        if (order == 1) memory.Set("x", step.X);

        var start = memory[order - 1].At;
        var weights = ExponentialStep.Of(Prediction, start, step.To, Eta);
        var beginning = memory.Get("x");
        var x = order switch
        {
            1 => WeightedSum.Of((weights.X, beginning), (weights.First, memory[0].Value)),
            2 => Second(step, beginning, weights),
            _ => Third(step, beginning, weights),
        };
        if (Eta == 0) return x;
        var z = step.Noise.Between(step.From.Ratio, step.To.Ratio, x);
        return weights.Noise == 0 ? x : x.add_(z, alpha: weights.Noise);
    }

    // D0 = m1, D1 = (m0 - m1) / r0, r0 = (lambda_0 - lambda_1) / h
    private Tensor Second(in SamplerStep step, Tensor x, ExponentialStep weights)
    {
        var memory = step.Memory;
        double start = memory[1].At.Lambda, h = step.To.Lambda - start;
        double difference = weights.Difference(SecondOrder) / ((memory[0].At.Lambda - start) / h);
        return WeightedSum.Of((weights.X, x), (weights.First - difference, memory[1].Value), (difference, memory[0].Value));
    }

    // D0 = m2, D10 = (m1 - m2) / r1, D11 = (m0 - m2) / r0; midpoint uses D11 alone, heun the two differences of the
    // parabola through all
    private Tensor Third(in SamplerStep step, Tensor x, ExponentialStep weights)
    {
        var memory = step.Memory;
        double start = memory[2].At.Lambda, h = step.To.Lambda - start;
        double r0 = (memory[0].At.Lambda - start) / h, r1 = (memory[1].At.Lambda - start) / h;
        double d10 = 0, d11 = weights.Heun;
        if (SecondOrder == SecondOrderTerm.Heun)
        {
            d10 = (weights.Heun * r0 - 2 * weights.Second) / (r0 - r1);
            d11 = (-weights.Heun * r1 + 2 * weights.Second) / (r0 - r1);
        }
        return WeightedSum.Of((weights.X, x), (weights.First - d10 / r1 - d11 / r0, memory[2].Value),
            (d10 / r1, memory[1].Value), (d11 / r0, memory[0].Value));
    }

    /// <summary>The order that each evaluation lands with: 1, 2, 3, 1, 2, 3, ... with lower ones at the end.</summary>
    internal int[] Orders(SamplingPlan plan)
    {
        int count = plan.Points.Count - 1;
        var orders = new int[count];
        for (int i = 0; i < count; i++) orders[i] = i % Order + 1;
        // The last group loses its highest order, unless the division leaves a shorter group anyway.
        if (LowerOrderFinal && Order > 1 && count % Order == 0) orders[count - 1] = 1;
        if (plan.Points[^1].Sigma == 0) orders[count - 1] = 1;
        return orders;
    }
}
