using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Guidance;

/// <summary>Guidance by the gradient of a classifier on noisy pictures, g = grad log p(y | x_t).</summary>
/// <remarks>Dhariwal and Nichol 2021, arXiv:2105.05233. Tensors are not disposed; results belong to the caller's dispose scope.</remarks>
public static class ClassifierGuidance
{
    /// <summary>mu + s Sigma g, for ancestral sampling; algorithm 1.</summary>
    /// <param name="mean">mu, [B, ...].</param>
    /// <param name="variance">Sigma; broadcasts.</param>
    /// <param name="gradient">g at x_t, as the mean.</param>
    /// <param name="scale">s.</param>
    public static Tensor ShiftMean(Tensor mean, Tensor variance, Tensor gradient, double scale = 1)
    {
        using var scope = NewDisposeScope();
        return (mean + scale * variance * gradient).MoveToOuterDisposeScope();
    }

    /// <summary>eps - s sigma g, for DDIM and everything else that follows eps; algorithm 2, sigma = sqrt(1 - AlphaBar_t).</summary>
    /// <param name="epsilon">eps hat, [B, ...].</param>
    /// <param name="gradient">g, as eps.</param>
    /// <param name="at">Where x_t lies, in the variance-preserving view.</param>
    /// <param name="scale">s.</param>
    public static Tensor ShiftEpsilon(Tensor epsilon, Tensor gradient, NoisePoint at, double scale = 1)
    {
        using var scope = NewDisposeScope();
        return (epsilon - scale * at.Sigma * gradient).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="ShiftEpsilon(Tensor, Tensor, NoisePoint, double)"/> with a timestep per item.</summary>
    /// <param name="epsilon">eps hat, [B, ...].</param>
    /// <param name="gradient">g, as eps.</param>
    /// <param name="process">The forward process.</param>
    /// <param name="timesteps">[B], int64.</param>
    /// <param name="scale">s.</param>
    public static Tensor ShiftEpsilon(Tensor epsilon, Tensor gradient, ForwardProcess process, Tensor timesteps, double scale = 1)
    {
        using var scope = NewDisposeScope();
        double[] factors = [.. process.Schedule.AlphaBar.ToArray().Select(a => scale * Math.Sqrt(1 - a))];
        return (epsilon - PerItem.Take(factors, timesteps, gradient) * gradient).MoveToOuterDisposeScope();
    }
}
