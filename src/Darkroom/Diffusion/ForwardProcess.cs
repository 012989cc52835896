using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>A Gaussian per item: mean [B, ...], variance and log variance [B, 1, ..., 1] or as the mean.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Variance">The variance.</param>
/// <param name="LogVariance">Its logarithm, which may be clipped where the variance is 0.</param>
public readonly record struct GaussianMoments(Tensor Mean, Tensor Variance, Tensor LogVariance);

/// <summary>
/// The forward process q on batches with a timestep per item, and its posterior; Ho et al. 2020, arXiv:2006.11239, eq. 4, 6 and 7.
/// </summary>
/// <remarks>
/// Timesteps are [B] int64, 0 .. T-1. Results have dtype and device of the data and belong to the caller's dispose scope; coefficients are computed
/// in float64 and cast once. Nothing is read back from the device, so that a timestep out of range is an error of libtorch.
/// </remarks>
public sealed class ForwardProcess
{
    private readonly double[] _alpha;
    private readonly double[] _sigma;
    private readonly double[] _logVariance;

    /// <summary>The process of a schedule.</summary>
    public ForwardProcess(NoiseSchedule schedule)
    {
        Schedule = schedule;
        Posterior = new PosteriorCoefficients(schedule);
        _alpha = [.. schedule.AlphaBar.ToArray().Select(a => Math.Sqrt(a))];
        _sigma = [.. schedule.AlphaBar.ToArray().Select(a => Math.Sqrt(1 - a))];
        _logVariance = [.. schedule.AlphaBar.ToArray().Select(a => Math.Log(1 - a))];
    }

    /// <summary>The schedule.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The coefficients of q(x_{t-1} | x_t, x_0).</summary>
    public PosteriorCoefficients Posterior { get; }

    /// <summary>x_t = sqrt(AlphaBar_t) x_0 + sqrt(1 - AlphaBar_t) eps, eq. 4 (diffusers: add_noise).</summary>
    /// <param name="x0">[B, ...].</param>
    /// <param name="noise">eps, as x0.</param>
    /// <param name="timesteps">[B].</param>
    public Tensor AddNoise(Tensor x0, Tensor noise, Tensor timesteps) => Combine(_alpha, x0, _sigma, noise, timesteps);

    /// <summary>v = sqrt(AlphaBar_t) eps - sqrt(1 - AlphaBar_t) x_0; Salimans and Ho 2022, arXiv:2202.00512 (diffusers: get_velocity).</summary>
    public Tensor Velocity(Tensor x0, Tensor noise, Tensor timesteps) => Combine(_alpha, noise, [.. _sigma.Select(s => -s)], x0, timesteps);

    /// <summary>q(x_t | x_0), eq. 4.</summary>
    public GaussianMoments Marginal(Tensor x0, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var mean = PerItem.Take(_alpha, timesteps, x0) * x0;
        var variance = PerItem.Take([.. _sigma.Select(s => s * s)], timesteps, x0);
        return scope.Keep(new GaussianMoments(mean, variance, PerItem.Take(_logVariance, timesteps, x0)));
    }

    /// <summary>q(x_{t-1} | x_t, x_0), eq. 6 and 7, with the log variance clipped at t = 0.</summary>
    public GaussianMoments PosteriorOf(Tensor x0, Tensor xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        return scope.Keep(new GaussianMoments(
            Combine(Posterior.DenoisedFactors, x0, Posterior.NoisyFactors, xt, timesteps),
            PerItem.Take(Posterior.Variances, timesteps, x0), PerItem.Take(Posterior.ClippedLogVariances, timesteps, x0)));
    }

    /// <summary>a[t] x + b[t] y.</summary>
    internal static Tensor Combine(double[] a, Tensor x, double[] b, Tensor y, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        return (PerItem.Take(a, timesteps, x) * x + PerItem.Take(b, timesteps, y) * y).MoveToOuterDisposeScope();
    }
}
