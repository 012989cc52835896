using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>The terms of the variational bound on -log p(x_0), in bits per dimension; Ho et al. 2020, arXiv:2006.11239, eq. 5.</summary>
public static class VariationalBound
{
    /// <summary>L_{t-1} = KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t)), and at t = 0 L_0 = -log p(x_0 | x_1), per item.</summary>
    /// <param name="reverse">The model's process.</param>
    /// <param name="output">The network's output at x_t.</param>
    /// <param name="x0">[B, C, ...], 8-bit values in [-1, 1] for L_0 to mean anything.</param>
    /// <param name="xt">As x0.</param>
    /// <param name="timesteps">[B], int64.</param>
    /// <param name="clip">Whether x_0 hat is clipped: true to evaluate, false to train.</param>
    /// <returns>[B], dtype of x0.</returns>
    public static Tensor Term(ReverseProcess reverse, Tensor output, Tensor x0, Tensor xt, Tensor timesteps, bool clip)
    {
        using var scope = NewDisposeScope();
        return Term(reverse, reverse.Step(output, xt, timesteps, clip), x0, xt, timesteps).MoveToOuterDisposeScope();
    }

    internal static Tensor Term(ReverseProcess reverse, ReverseStep step, Tensor x0, Tensor xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var truth = reverse.Forward.PosteriorOf(x0, xt, timesteps);
        var divergence = PerItem.Mean(GaussianLikelihood.Divergence(truth.Mean, truth.LogVariance, step.Mean, step.LogVariance));
        var likelihood = PerItem.Mean(GaussianLikelihood.LogDiscretized(x0, step.Mean, 0.5 * step.LogVariance));
        return (where(timesteps == 0, -likelihood, divergence) / Math.Log(2)).MoveToOuterDisposeScope();
    }

    /// <summary>L_T = KL(q(x_T | x_0) || N(0, I)) per item, which no network can change.</summary>
    /// <returns>[B], bits per dimension.</returns>
    public static Tensor Prior(ForwardProcess forward, Tensor x0)
    {
        using var scope = NewDisposeScope();
        var last = full([x0.shape[0]], forward.Schedule.Count - 1, ScalarType.Int64, x0.device);
        var marginal = forward.Marginal(x0, last);
        var zero = zeros(1, x0.dtype, x0.device);
        return (PerItem.Mean(GaussianLikelihood.Divergence(marginal.Mean, marginal.LogVariance, zero, zero)) / Math.Log(2)).MoveToOuterDisposeScope();
    }
}
