using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// Noise added before a step, so that it starts at sigma_hat = sigma (1 + gamma): gamma = min(S_churn / N, sqrt(2) - 1)
/// where S_tmin &lt;= sigma &lt;= S_tmax, else 0.
/// </summary>
/// <remarks>
/// Karras et al. 2022, arXiv:2206.00364, alg. 2. The plan holds sigma_hat; <see cref="Gamma"/> computes it.
/// </remarks>
public sealed record Churn
{
    /// <summary>S_churn, at least 0: how much noise over all steps.</summary>
    public required double Amount { get; init; }

    /// <summary>S_tmin: churn only at sigma of at least this; default 0.</summary>
    public double Minimum { get; init; }

    /// <summary>S_tmax: churn only at sigma of at most this; default no limit.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>S_noise, the factor of the noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// Whether noise is drawn where gamma is 0 too, as k-diffusion does (default); diffusers draws only where it is
    /// used.
    /// </summary>
    public bool AlwaysDraw { get; init; } = true;

    /// <summary>
    /// diffusers evaluates the network before it adds the noise, and reads the same output at sigma_hat: this function
    /// gives the prediction that the output of (prediction, x, point) means at (x_hat, point_hat). Null (the default)
    /// evaluates at x_hat, as the paper does.
    /// </summary>
    internal Func<Prediction, torch.Tensor, NoisePoint, torch.Tensor, NoisePoint, Prediction>? AfterEvaluation { get; init; }

    /// <summary>How many steps the plan has, N; used with <see cref="AfterEvaluation"/>.</summary>
    internal int Steps { get; init; }

    /// <summary>gamma at a noise level, for N steps.</summary>
    public double Gamma(double sigma, int steps) =>
        sigma >= Minimum && sigma <= Maximum ? Math.Min(Amount / steps, Math.Sqrt(2) - 1) : 0;

    /// <summary>x + sqrt(sigma_hat^2 - sigma^2) S_noise z, from where x lies to where the plan evaluates.</summary>
    internal torch.Tensor Perturb(SamplingPlan plan, int index, torch.Tensor x, INoiseSource noise) =>
        AfterEvaluation is null ? Noised(x, plan.MoveAt(index).From.Sigma, plan.Points[index].Sigma, noise) : x;

    /// <summary>
    /// The step of diffusers' Euler scheduler: evaluate, add noise, read the output at sigma_hat, step.
    /// </summary>
    internal torch.Tensor StepAfterEvaluation(in SamplerStep step)
    {
        double gamma = Gamma(step.At.Sigma, Steps);
        var hat = step.At with { Sigma = step.At.Sigma * (1 + gamma) };
        var x = Noised(step.X, step.At.Sigma, hat.Sigma, step.Noise);
        return FirstOrderStep.Of(AfterEvaluation!(step.Prediction, step.X, step.At, x, hat), step.To);
    }

    private torch.Tensor Noised(torch.Tensor x, double sigma, double sigmaHat, INoiseSource noise)
    {
        bool moves = sigmaHat > sigma;
        if (!moves && !AlwaysDraw) return x;
        var z = noise.Next(x);
        return moves ? WeightedSum.Of((1, x), (NoiseScale * Math.Sqrt(sigmaHat * sigmaHat - sigma * sigma), z)) : x;
    }
}
