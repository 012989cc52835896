using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>The function B(h) of UniPC.</summary>
public enum UniPcVariant
{
    /// <summary>B(h) = h.</summary>
    Bh1,

    /// <summary>B(h) = exp(h) - 1.</summary>
    Bh2,
}

/// <summary>
/// Unified predictor-corrector: a multistep exponential integrator whose last step is corrected once its end is
/// evaluated.
/// </summary>
/// <remarks>
/// Zhao et al. 2023, arXiv:2302.04867, algs. 1 and 2; one evaluation per step. A step to sigma = 0 has order one:
/// higher orders are singular there (diffusers gives NaN for bh1, and for order three without lower_order_final).
/// </remarks>
public sealed class UniPcSampler : StepwiseSampler
{
    /// <summary>The largest order, at least 1; default 2.</summary>
    public int Order { get; init; } = 2;

    /// <summary>B(h); default bh2.</summary>
    public UniPcVariant Variant { get; init; } = UniPcVariant.Bh2;

    /// <summary>What is integrated; default x_0 hat (predict_x0).</summary>
    public SolverPrediction Prediction { get; init; } = SolverPrediction.Denoised;

    /// <summary>Whether the order falls to one towards the end of the plan; default true.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Numbers of the steps that are not corrected.</summary>
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    private protected override Tensor Step(in SamplerStep step)
    {
        var (plan, memory, index) = (step.Plan, step.Memory, step.Index);
        var model = Prediction == SolverPrediction.Denoised ? step.Prediction.Denoised : step.Prediction.Epsilon;
        var x = step.X;
        if (index > plan.Start && !DisableCorrector.Contains(index - 1))
            x = Move(memory, memory.Get("x"), plan.Points[index - 1], step.At, OrderAt(plan, index - 1), model);

        memory.Push(step.At, model, Order + 1);
        memory.Set("x", x);
        return Move(memory, x, step.From, step.To, OrderAt(plan, index), null);
    }

    private int OrderAt(SamplingPlan plan, int index)
    {
        int evaluations = plan.Points.Count - 1;
        if (plan.MoveAt(index).To.Sigma == 0) return 1;
        int most = LowerOrderFinal ? Math.Min(Order, evaluations - index) : Order;
        return Math.Min(most, index - plan.Start + 1);
    }

    // The predictor (end is null) or the corrector (end is the prediction where the step landed) of one step.
    private Tensor Move(SamplerMemory memory, Tensor x, NoisePoint from, NoisePoint to, int order, Tensor? end)
    {
        bool data = Prediction == SolverPrediction.Denoised;
        double h = to.Lambda - from.Lambda, hh = data ? -h : h;
        double expm1 = NoisePointMath.Expm1(hh);
        double size = data ? to.Alpha : to.Sigma;
        double keep = data ? to.Sigma / from.Sigma : to.Alpha / from.Alpha;
        double first = !data && to.Sigma == 0 ? -(to.Alpha * from.Ratio) : -size * expm1;
        var terms = new List<(double Weight, Tensor Term)> { (keep, x), (first, memory[0].Value) };

        int differences = order - 1 + (end is null ? 0 : 1);
        if (differences > 0)
        {
            double[] nodes = [.. Enumerable.Range(1, order - 1).Select(j => (memory[j].At.Lambda - from.Lambda) / h), 1];
            double scale = Variant == UniPcVariant.Bh1 ? hh : expm1;
            double[] rho = Coefficients(nodes[..differences], hh, expm1, scale);
            for (int j = 0; j < differences; j++)
            {
                double weight = -size * scale * rho[j] / nodes[j];
                terms.Add((weight, j < order - 1 ? memory[j + 1].Value : end!));
                terms[1] = (terms[1].Weight - weight, terms[1].Term);
            }
        }
        return WeightedSum.Of(terms.ToArray());
    }

    // R rho = b with R_{n,j} = r_j^{n-1} and b_n = n! phi_{n+1}(hh) hh / B(h), phi the functions of exponential
    // integrators.
    private static double[] Coefficients(double[] nodes, double hh, double expm1, double scale)
    {
        // The published solver takes 1/2 here, which is right to leading order, in place of the solution.
        int count = nodes.Length;
        if (count == 1) return [0.5];
        var matrix = new double[count, count + 1];
        double phi = expm1 / hh - 1, factorial = 1;
        for (int n = 0; n < count; n++)
        {
            for (int j = 0; j < count; j++) matrix[n, j] = Math.Pow(nodes[j], n);
            matrix[n, count] = phi * factorial / scale;
            factorial *= n + 2;
            phi = phi / hh - 1 / factorial;
        }
        return Solve(matrix);
    }

    // Gauss elimination with row exchange; the systems have two to four rows.
    private static double[] Solve(double[,] matrix)
    {
        int count = matrix.GetLength(0);
        for (int column = 0; column < count; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < count; row++)
                if (Math.Abs(matrix[row, column]) > Math.Abs(matrix[pivot, column])) pivot = row;
            for (int k = column; k <= count; k++)
                (matrix[column, k], matrix[pivot, k]) = (matrix[pivot, k], matrix[column, k]);
            for (int row = 0; row < count; row++)
            {
                if (row == column) continue;
                double factor = matrix[row, column] / matrix[column, column];
                for (int k = column; k <= count; k++) matrix[row, k] -= factor * matrix[column, k];
            }
        }
        return [.. Enumerable.Range(0, count).Select(row => matrix[row, count] / matrix[row, row])];
    }
}
