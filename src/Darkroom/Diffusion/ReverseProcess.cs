using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>Which variance p(x_{t-1} | x_t) has.</summary>
public enum VarianceType
{
    /// <summary>betatilde_t, the posterior's: right for data at a single point.</summary>
    FixedSmall,

    /// <summary>beta_t: right for normally distributed data.</summary>
    FixedLarge,

    /// <summary>The network's second half of channels is the log variance.</summary>
    Learned,

    /// <summary>
    /// The second half of channels, in [-1, 1], goes between log betatilde_t and log beta_t; Nichol and Dhariwal 2021, arXiv:2102.09672,
    /// eq. 15.
    /// </summary>
    LearnedRange,
}

/// <summary>p(x_{t-1} | x_t) as the network gives it.</summary>
/// <param name="Mean">[B, C, ...].</param>
/// <param name="Variance">[B, 1, ...], or as the mean where learned.</param>
/// <param name="LogVariance">As the variance.</param>
/// <param name="Denoised">x_0 hat, clipped where asked for.</param>
public readonly record struct ReverseStep(Tensor Mean, Tensor Variance, Tensor LogVariance, Tensor Denoised);

/// <summary>The reverse process p: from a network's output at x_t to the Gaussian of x_{t-1}.</summary>
/// <remarks>
/// Ho et al. 2020, arXiv:2006.11239, sec. 3.2, with the learned variances of Nichol and Dhariwal 2021; results belong to the caller's
/// dispose scope.
/// </remarks>
public sealed class ReverseProcess
{
    /// <summary>A reverse process.</summary>
    /// <param name="forward">The process that is reversed.</param>
    /// <param name="prediction">What the network predicts.</param>
    /// <param name="variance">Whence the variance.</param>
    public ReverseProcess(ForwardProcess forward, PredictionType prediction, VarianceType variance) =>
        (Forward, Prediction, Variance) = (forward, prediction, variance);

    /// <summary>The process that is reversed.</summary>
    public ForwardProcess Forward { get; }

    /// <summary>What the network predicts.</summary>
    public PredictionType Prediction { get; }

    /// <summary>Whence the variance.</summary>
    public VarianceType Variance { get; }

    /// <summary>Whether the network gives 2C channels.</summary>
    public bool LearnsVariance => Variance is VarianceType.Learned or VarianceType.LearnedRange;

    /// <summary>p(x_{t-1} | x_t).</summary>
    /// <param name="output">[B, C, ...], or [B, 2C, ...] where the variance is learned.</param>
    /// <param name="xt">[B, C, ...].</param>
    /// <param name="timesteps">[B], int64.</param>
    /// <param name="clip">
    /// Whether x_0 hat is clipped to [-1, 1]; with <see cref="PredictionType.PreviousMean"/> the mean stays the network's.
    /// </param>
    public ReverseStep Step(Tensor output, Tensor xt, Tensor timesteps, bool clip)
    {
        using var scope = NewDisposeScope();
        var (mean, learned) = Split(output);
        var logVariance = LogVariance(learned, xt, timesteps);
        var variance = Variance == VarianceType.FixedSmall ? PerItem.Take(Forward.Posterior.Variances, timesteps, xt)
            : Variance == VarianceType.FixedLarge ? PerItem.Take(Forward.Posterior.UpperVariances, timesteps, xt) : logVariance.exp();
        var denoised = Parameterisation.Denoised(Prediction, mean, xt, Forward, timesteps);
        if (clip) denoised = Clipping.Clip(denoised);
        mean = Prediction == PredictionType.PreviousMean ? mean.alias() : Forward.PosteriorOf(denoised, xt, timesteps).Mean;
        scope.MoveToOuter([mean, variance, logVariance, denoised]);
        return new(mean, variance, logVariance, denoised);
    }

    /// <summary>The two halves of the output's channels; the second is null where the variance is not learned.</summary>
    internal (Tensor Mean, Tensor? Learned) Split(Tensor output)
    {
        if (!LearnsVariance) return (output, null);
        if (output.shape[1] % 2 != 0) throw new ArgumentException($"A learned variance needs 2C channels, but there are {output.shape[1]}.", nameof(output));
        var halves = output.chunk(2, dim: 1);
        return (halves[0], halves[1]);
    }

    private Tensor LogVariance(Tensor? learned, Tensor xt, Tensor timesteps)
    {
        var posterior = Forward.Posterior;
        double[] Logs(double[] values) => [.. values.Select(v => Math.Log(v))];
        switch (Variance)
        {
            case VarianceType.FixedSmall: return PerItem.Take(posterior.ClippedLogVariances, timesteps, xt);
            case VarianceType.FixedLarge: return PerItem.Take(Logs(posterior.UpperVariances), timesteps, xt);
            case VarianceType.Learned: return learned!.alias();
            default:
                var fraction = (learned! + 1) / 2;
                var largest = PerItem.Take(Logs(Forward.Schedule.Betas.ToArray()), timesteps, xt);
                return fraction * largest + (1 - fraction) * PerItem.Take(posterior.ClippedLogVariances, timesteps, xt);
        }
    }
}
