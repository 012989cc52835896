using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// The probability-flow ODE dx = (f(t) x - g(t)^2 score / 2) dt by Dormand and Prince's method, as many steps as the tolerances ask for.
/// </summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, sec. 4.3 and app. D. The state is float64, the network has the dtype of x. One number is read back per step, the error over the
/// whole batch, so that pictures of a batch share their steps. The callback comes after each step.
/// </remarks>
internal sealed class ProbabilityFlowSampler : ISampler
{
    public required Sde Sde { get; init; }

    /// <summary>t at each point of the plan, of which the one that it is entered at and the last one count.</summary>
    public required IReadOnlyList<double> Times { get; init; }

    public double RelativeTolerance { get; init; } = 1e-5;

    public double AbsoluteTolerance { get; init; } = 1e-5;

    public int MaximumEvaluations { get; init; } = 10_000;

    /// <summary>What removes the last noise, after one more evaluation at the end; null for nothing.</summary>
    public ScoreUpdate? Denoise { get; init; }

    /// <inheritdoc/>
    /// <exception cref="DarkroomException">The tolerances cannot be met, or a number is not finite.</exception>
    public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(plan);
        using var carried = new CarriedState(x);
        using var predicted = new CarriedState(x);
        Tensor Slope(double t, Tensor y)
        {
            var at = Sde.At(t);
            var prediction = denoiser.Predict(y.reshape(x.shape).to(x.dtype), at);
            predicted.Replace(prediction.Denoised);
            // f x - g^2 score / 2 with score = -eps / sigma
            return WeightedSum.Of((Sde.Drift(t), y), (Math.Pow(Sde.Diffusion(t), 2) / (2 * at.Sigma), prediction.Epsilon.to(ScalarType.Float64).flatten()));
        }

        using (var scope = NewDisposeScope())
        {
            using var solver = new DormandPrince(Slope, Times[plan.Start], x.to(ScalarType.Float64).flatten(), Times[^1],
                RelativeTolerance, AbsoluteTolerance, MaximumEvaluations);
            while (solver.Step())
            {
                using var stepScope = NewDisposeScope();
                carried.Replace(solver.State.reshape(x.shape).to(x.dtype));
                var at = Sde.At(solver.Time);
                if (Report(after, solver.Evaluations, at, carried.X, predicted.X) is not { } replaced) continue;
                carried.Replace(replaced);
                solver.Replace(replaced.to(ScalarType.Float64).flatten());
            }
            if (Denoise is { } update)
            {
                var at = Sde.At(Times[^1]);
                var prediction = denoiser.Predict(carried.X, at);
                var clean = WeightedSum.Of((update.State, carried.X), (-update.Score / at.Sigma, prediction.Epsilon));
                carried.Replace(Report(after, solver.Evaluations + 1, plan.Points[^1], clean, prediction.Denoised) ?? clean);
            }
        }
        return carried.Result();
    }

    private static Tensor? Report(AfterEvaluation? after, int used, NoisePoint at, Tensor x, Tensor denoised) =>
        after?.Invoke(new SamplerState(used - 1, used, at, x, denoised) { Next = at, StepDone = true });
}
