using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// Linear multistep: the slopes of the last steps, interpolated by a polynomial in sigma, integrated over the step.
/// </summary>
/// <remarks>
/// k-diffusion's sample_lms: Adams-Bashforth for uneven steps. The integrals of the Lagrange polynomials are exact
/// here.
/// </remarks>
public sealed class LmsSampler : StepwiseSampler
{
    /// <summary>The largest order, 1 to 4; default 4.</summary>
    public int Order { get; init; } = 4;

    /// <summary>
    /// Whether the order counts from the start of the full plan, as diffusers does: entered in the middle, it then
    /// takes coefficients for slopes that it never saw and leaves those terms out. Default false: the order rises from
    /// 1 wherever the plan is entered.
    /// </summary>
    public bool OrderFromPlanStart { get; init; }

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        step.Memory.Push(step.At, step.Prediction.Epsilon, Order);
        int order = Math.Min(OrderFromPlanStart ? step.Index + 1 : step.Memory.Count, Order);
        double[] nodes = new double[order];
        for (int k = 0; k < order; k++) nodes[k] = step.Plan.Points[step.Index - k].Ratio;

        var terms = new (double, torch.Tensor)[1 + Math.Min(order, step.Memory.Count)];
        terms[0] = (step.To.Alpha / step.From.Alpha, step.X);
        for (int k = 1; k < terms.Length; k++)
            terms[k] = (step.To.Alpha * LagrangeIntegral(nodes, k - 1, step.From.Ratio, step.To.Ratio), step.Memory[k - 1].Value);
        return WeightedSum.Of(terms);
    }

    /// <summary>The integral from a to b of the polynomial that is 1 at node j and 0 at the others.</summary>
    internal static double LagrangeIntegral(ReadOnlySpan<double> nodes, int j, double a, double b)
    {
        // Gauss-Legendre with three points is exact up to degree 5.
        double middle = (a + b) / 2, half = (b - a) / 2, offset = half * Math.Sqrt(0.6);
        return half * (5 * Basis(nodes, j, middle - offset) + 8 * Basis(nodes, j, middle) + 5 * Basis(nodes, j, middle + offset)) / 9;
    }

    private static double Basis(ReadOnlySpan<double> nodes, int j, double x)
    {
        double product = 1;
        for (int k = 0; k < nodes.Length; k++)
            if (k != j) product *= (x - nodes[k]) / (nodes[j] - nodes[k]);
        return product;
    }
}
