using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>DPM-Solver-12 or -23 with steps chosen by a PID controller from the difference of two orders.</summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2206.00927, app. C, as k-diffusion's sample_dpm_adaptive. It uses the ends of the plan alone,
/// ends at the smallest noise level, and takes as many evaluations as the tolerance asks for. It is the one sampler
/// that reads a number back in its loop: the error, taken over the whole batch as in the reference, so that pictures of
/// a batch share their steps. The callback comes once per try.
/// </remarks>
public sealed class DpmAdaptiveSampler : ISampler
{
    /// <summary>2 or 3 (default): the order of the better of the two solutions.</summary>
    public int Order { get; init; } = 3;

    /// <summary>rtol, the tolerance relative to x; default 0.05.</summary>
    public double RelativeTolerance { get; init; } = 0.05;

    /// <summary>atol, the absolute tolerance; default 0.0078.</summary>
    public double AbsoluteTolerance { get; init; } = 0.0078;

    /// <summary>h_init, the first step in ln sigma; default 0.05.</summary>
    public double FirstStep { get; init; } = 0.05;

    /// <summary>The proportional coefficient of the controller; default 0.</summary>
    public double Proportional { get; init; }

    /// <summary>The integral coefficient; default 1.</summary>
    public double Integral { get; init; } = 1;

    /// <summary>The derivative coefficient; default 0.</summary>
    public double Derivative { get; init; }

    /// <summary>A step is kept where the factor for the next one is at least this; default 0.81.</summary>
    public double AcceptSafety { get; init; } = 0.81;

    /// <summary>eta, at least 0; 0 (the default) is deterministic.</summary>
    public double Eta { get; init; }

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>Evaluations after which it gives up, 10000 by default, so that an impossible tolerance ends.</summary>
    public int MaximumEvaluations { get; init; } = 10000;

    /// <summary>The network's timestep of a noise level.</summary>
    public required Func<double, double> TimestepOf { get; init; }

    /// <inheritdoc/>
    /// <exception cref="DarkroomException">
    /// The tolerance isn't met within <see cref="MaximumEvaluations"/>, or the error isn't finite.
    /// </exception>
    public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(noise);
        var solver = new DpmSolverSteps(denoiser, TimestepOf);
        float t = DpmSolverSteps.Time(plan.Points[plan.Start].Ratio), end = DpmSolverSteps.Time(plan.Points[^1].Ratio);
        var controller = new StepController(FirstStep, Proportional, Integral, Derivative, Eta > 0 ? 1.5 : Order, AcceptSafety);
        int used = 0;
        using var carried = new CarriedState(x);
        using var previous = new CarriedState(x);
        while (t < end - 1e-5f)
        {
            using var scope = NewDisposeScope();
            float next = Math.Min(end, t + (float)controller.Step);
            var (down, up) = DpmFastSampler.SolverNoise(t, next, end, Eta);
            var prediction = solver.Predict(carried.X, t);
            var (low, high) = Solutions(solver, carried.X, t, down, prediction.Epsilon);
            used += Order;
            double error = Error(low, high, previous.X);
            if (!double.IsFinite(error) || used > MaximumEvaluations)
            {
                throw new DarkroomException(ErrorKind.Numerical, double.IsFinite(error)
                    ? $"The tolerance was not met within {MaximumEvaluations} evaluations." : "The error of a step is not a finite number.",
                    "dpm_adaptive", "Use a larger tolerance or another sampler.");
            }
            if (controller.Accept(error))
            {
                previous.Replace(low);
                carried.Replace(high.add_(noise.Next(high), alpha: up * NoiseScale));
                t = next;
            }
            var at = solver.At(t);
            var state = new SamplerState(used - 1, used, at, carried.X, prediction.Denoised) { Next = at, StepDone = true };
            if (after?.Invoke(state) is { } replaced) carried.Replace(replaced);
        }
        return carried.Result();
    }

    private (Tensor Low, Tensor High) Solutions(DpmSolverSteps solver, Tensor x, float t, float next, Tensor epsilon)
    {
        if (Order == 2) return (DpmSolverSteps.First(x, t, next, epsilon), solver.Second(x, t, next, epsilon, 0.5f).X);
        var (low, inner) = solver.Second(x, t, next, epsilon, 1f / 3);
        return (low, solver.Third(x, t, next, epsilon, inner));
    }

    // ||(low - high) / max(atol, rtol max(|low|, |previous|))|| / sqrt(n)
    private double Error(Tensor low, Tensor high, Tensor previous)
    {
        var scale = low.abs().maximum(previous.abs()).mul_(RelativeTolerance).clamp_min_(AbsoluteTolerance);
        return low.sub(high).div_(scale).norm().to_type(ScalarType.Float64).item<double>() / Math.Sqrt(low.numel());
    }

    /// <summary>
    /// A PID controller of the step: h := h (1 + atan(f - 1)), f = e0^b1 e1^b2 e2^b3 of the last inverse errors.
    /// </summary>
    private sealed class StepController(double h, double p, double i, double d, double order, double safety)
    {
        private readonly double[] _inverse = [double.NaN, 0, 0];

        public double Step { get; private set; } = h;

        public bool Accept(double error)
        {
            double inverse = 1 / (error + 1e-8);
            if (double.IsNaN(_inverse[0])) _inverse.AsSpan().Fill(inverse);
            _inverse[0] = inverse;
            double factor = Math.Pow(_inverse[0], (p + i + d) / order) * Math.Pow(_inverse[1], -(p + 2 * d) / order) * Math.Pow(_inverse[2], d / order);
            factor = 1 + Math.Atan(factor - 1);
            bool accept = factor >= safety;
            if (accept) (_inverse[2], _inverse[1]) = (_inverse[1], _inverse[0]);
            Step *= factor;
            return accept;
        }
    }
}
