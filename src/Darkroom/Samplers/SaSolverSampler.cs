using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>SA-Solver: stochastic Adams predictor and corrector with variance-controlled noise.</summary>
/// <remarks>
/// Xue et al. 2023, arXiv:2309.05019, algs. 1 to 3, data prediction: with k = 1 + tau^2 and h = lambda' - lambda, x' =
/// exp(-tau^2 h) (sigma'/sigma) x + sum_j b_j x_0 hat_j + sigma' sqrt(1 - exp(-2 tau^2 h)) z, and b_j = k alpha'
/// int_{-h}^0 exp(k u) l_j(lambda' + u) du. The corrector uses the noise of the step that it corrects. One evaluation
/// per step.
/// </remarks>
public sealed class SaSolverSampler : StepwiseSampler
{
    /// <summary>The predictor's largest order, 1 to 3; default 2.</summary>
    public int PredictorOrder { get; init; } = 2;

    /// <summary>The corrector's largest order, 1 to 4; default 2.</summary>
    public int CorrectorOrder { get; init; } = 2;

    /// <summary>Whether the orders fall to one towards the end of the plan; default true.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>What is integrated; default x_0 hat (data_prediction).</summary>
    public SolverPrediction Prediction { get; init; } = SolverPrediction.Denoised;

    /// <summary>tau as a function of the timestep; default 1 within 200 and 800, else 0.</summary>
    public Func<double, double> Tau { get; init; } = timestep => timestep is >= 200 and <= 800 ? 1 : 0;

    private protected override Tensor Step(in SamplerStep step)
    {
        var (plan, memory, index) = (step.Plan, step.Memory, step.Index);
        int evaluations = plan.Points.Count - 1, capacity = Math.Max(PredictorOrder, CorrectorOrder - 1);
        var model = Prediction == SolverPrediction.Denoised ? step.Prediction.Denoised : step.Prediction.Epsilon;
        var x = step.X;
        memory.Push(step.At, model, capacity + 1);
        if (index > plan.Start)
        {
            // The order was settled at the step that is corrected.
            int done = Math.Min(index - 1 - plan.Start, capacity);
            int order = Math.Min(LowerOrderFinal ? Math.Min(CorrectorOrder, evaluations - index + 2) : CorrectorOrder, done + 2);
            var previous = plan.Points[index - 1];
            x = Move(memory, memory.Get("x"), previous, step.At, order, Tau(previous.Timestep), memory.Get("noise"), corrector: true);
        }
        memory.Set("x", x);
        memory.Set("noise", step.Noise.Next(x));
        int ready = Math.Min(index - plan.Start, capacity) + 1;
        int predictor = Math.Min(LowerOrderFinal ? Math.Min(PredictorOrder, evaluations - index) : PredictorOrder, ready);
        return Move(memory, x, step.From, step.To, predictor, Tau(step.At.Timestep), memory.Get("noise"), corrector: false);
    }

    private Tensor Move(SamplerMemory memory, Tensor x, NoisePoint from, NoisePoint to, int order, double tau, Tensor noise, bool corrector)
    {
        bool data = Prediction == SolverPrediction.Denoised;
        double h = to.Lambda - from.Lambda, square = tau * tau, k = 1 + square, exponent = data ? k : -1;
        double[] nodes = [.. Enumerable.Range(0, order).Select(j => memory[j].At.Lambda - to.Lambda)];
        double[] moments = Moments(exponent, h, order);

        var terms = new (double Weight, Tensor Term)[order + 2];
        double size = data ? k * to.Alpha : -k * to.Sigma;
        for (int j = 0; j < order; j++) terms[j] = (size * Integral(nodes, j, moments), memory[j].Value);
        if (data && order == 2)
        {
            // A term of order h^3 that the reference adds for few steps.
            double rest = (k * h + NoisePointMath.Expm1(-k * h)) / (k * k);
            double extra = k * to.Alpha * (corrector ? h / 2 - rest / h : (h * h / 2 - rest) / (nodes[0] - nodes[1]));
            terms[0].Weight += extra;
            terms[1].Weight -= extra;
        }
        terms[order] = (data ? Math.Exp(-square * h) * to.Sigma / from.Sigma : to.Alpha / from.Alpha, x);
        double deviation = data ? Math.Sqrt(-NoisePointMath.Expm1(-2 * square * h)) : tau * Math.Sqrt(NoisePointMath.Expm1(2 * h));
        terms[order + 1] = (to.Sigma * deviation, noise);
        return WeightedSum.Of(terms);
    }

    // M_n = int_{-h}^0 exp(c u) u^n du = -exp(-c h) (-h)^n / c - (n / c) M_{n-1} for n > 0
    private static double[] Moments(double c, double h, int count)
    {
        var moments = new double[count];
        moments[0] = -NoisePointMath.Expm1(-c * h) / c;
        for (int n = 1; n < count; n++) moments[n] = -Math.Exp(-c * h) * Math.Pow(-h, n) / c - n / c * moments[n - 1];
        return moments;
    }

    private static double Integral(double[] nodes, int j, double[] moments)
    {
        double[] polynomial = Polynomials.Lagrange(nodes, j);
        double sum = 0;
        for (int n = 0; n < polynomial.Length; n++) sum += polynomial[n] * moments[n];
        return sum;
    }
}
