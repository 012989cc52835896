using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>How far the output is from its target.</summary>
public enum ObjectiveKind
{
    /// <summary>
    /// L_simple: the mean squared error; Ho et al. 2020, eq. 14. With a learned variance L_vlb is added, so that it alone trains the
    /// variance.
    /// </summary>
    MeanSquaredError,

    /// <summary>
    /// L_hybrid: as before with L_vlb scaled by T/1000, that is lambda = 0.001 times the sum over t; Nichol and Dhariwal 2021, arXiv:2102.09672, eq. 16.
    /// </summary>
    Hybrid,

    /// <summary>The mean absolute error.</summary>
    MeanAbsoluteError,

    /// <summary>One term of L_vlb, in bits per dimension.</summary>
    VariationalBound,

    /// <summary>That term times T: an unbiased estimate of L_vlb without its prior.</summary>
    ScaledVariationalBound,
}

/// <summary>A loss per item.</summary>
/// <param name="Loss">[B], what to average.</param>
/// <param name="Error">[B], the squared or absolute error before weights; null for the bounds.</param>
/// <param name="Bound">[B], the term of L_vlb as added; null where there is none.</param>
public readonly record struct ItemLosses(Tensor Loss, Tensor? Error, Tensor? Bound);

/// <summary>What a network is trained on, per item of a batch with a timestep each.</summary>
public sealed record TrainingObjective
{
    /// <summary>The model's process: what the network predicts, its variance, the schedule.</summary>
    public required ReverseProcess Process { get; init; }

    /// <summary>The error; default L_simple.</summary>
    public ObjectiveKind Kind { get; init; }

    /// <summary>A weight per timestep for the error, such as <see cref="LossWeights.MinSnr"/>, T numbers; null for 1.</summary>
    public double[]? Weights { get; init; }

    /// <summary>The losses for x_t = AddNoise(x_0, eps, t) and the network's output there.</summary>
    /// <param name="output">[B, C, ...], or [B, 2C, ...] where the variance is learned; carries the gradient.</param>
    /// <param name="x0">[B, C, ...].</param>
    /// <param name="noise">eps, as x0.</param>
    /// <param name="xt">As x0.</param>
    /// <param name="timesteps">[B], int64.</param>
    /// <returns>Tensors of the caller's dispose scope.</returns>
    public ItemLosses Losses(Tensor output, Tensor x0, Tensor noise, Tensor xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        int count = Process.Forward.Schedule.Count;
        if (Kind is ObjectiveKind.VariationalBound or ObjectiveKind.ScaledVariationalBound)
        {
            var bits = VariationalBound.Term(Process, output, x0, xt, timesteps, clip: false);
            if (Kind == ObjectiveKind.ScaledVariationalBound) bits = bits * count;
            return new(bits.MoveToOuterDisposeScope(), null, null);
        }

        Tensor? bound = null;
        var (predicted, learned) = Process.Split(output);
        if (learned is not null)
        {
            // The mean is detached: the bound, which is far noisier than L_simple, trains the variance only.
            var frozen = cat([predicted.detach(), learned], dim: 1);
            bound = VariationalBound.Term(Process, frozen, x0, xt, timesteps, clip: false);
            if (Kind == ObjectiveKind.Hybrid) bound = bound * (count / 1000.0);
        }
        var difference = Parameterisation.Target(Process.Prediction, x0, noise, Process.Forward, timesteps) - predicted;
        var error = PerItem.Mean(Kind == ObjectiveKind.MeanAbsoluteError ? difference.abs() : difference.square());
        var loss = Weights is null ? error.alias() : error * PerItem.Take(Weights, timesteps, error);
        if (bound is not null) loss = loss + bound;
        scope.MoveToOuter(bound is null ? [loss, error] : [loss, error, bound]);
        return new(loss, error, bound);
    }
}
