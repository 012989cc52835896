using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Diffusion exponential integrator (DEIS, log-rho): eps hat, interpolated by a polynomial in ln rho, integrated over
/// rho.
/// </summary>
/// <remarks>
/// Zhang and Chen 2022, arXiv:2204.13902, eq. 15 with rho = sigma / alpha: x'/alpha' = x/alpha + sum_j eps_j int l_j(ln
/// rho) d rho.
/// </remarks>
public sealed class DeisSampler : StepwiseSampler
{
    /// <summary>The largest order, 1 to 3; default 2.</summary>
    public int Order { get; init; } = 2;

    /// <summary>
    /// Whether the last two steps of plans of fewer than 15 steps have order at most two and one; default true.
    /// </summary>
    public bool LowerOrderFinal { get; init; } = true;

    private protected override Tensor Step(in SamplerStep step)
    {
        var memory = step.Memory;
        memory.Push(step.At, step.Prediction.Epsilon, Order);
        int order = OrderOf(step);
        if (order == 1) return FirstOrderStep.Along(memory[0].Value, step.X, step.From, step.To);

        double[] nodes = [.. Enumerable.Range(0, order).Select(j => Math.Log(memory[j].At.Ratio))];
        var terms = new (double, Tensor)[order + 1];
        terms[0] = (step.To.Alpha / step.From.Alpha, step.X);
        for (int j = 0; j < order; j++)
            terms[j + 1] = (step.To.Alpha * Integral(nodes, j, step.From.Ratio, step.To.Ratio), memory[j].Value);
        return WeightedSum.Of(terms);
    }

    private int OrderOf(in SamplerStep step)
    {
        int evaluations = step.Plan.Points.Count - 1, remaining = evaluations - step.Index;
        int most = Math.Min(Order, step.Memory.Count);
        return LowerOrderFinal && evaluations < 15 ? Math.Min(most, remaining) : most;
    }

    // int_a^b l_j(ln rho) d rho, by the antiderivatives F_k of ln^k rho: F_k = rho ln^k rho - k F_{k-1}; at rho = 0 all
    // vanish.
    private static double Integral(double[] nodes, int j, double a, double b)
    {
        double[] polynomial = Polynomials.Lagrange(nodes, j);
        double sum = 0, upper = 0, lower = 0;
        for (int k = 0; k < polynomial.Length; k++)
        {
            upper = Term(b, k) - k * upper;
            lower = Term(a, k) - k * lower;
            sum += polynomial[k] * (upper - lower);
        }
        return sum;

        static double Term(double rho, int k) => rho == 0 ? 0 : rho * Math.Pow(Math.Log(rho), k);
    }
}
