using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>The whole variational bound of a batch. Columns go from t = T-1, the first evaluated, to t = 0.</summary>
/// <param name="Total">[B], bits per dimension: the sum of the terms and the prior.</param>
/// <param name="Prior">[B], L_T.</param>
/// <param name="Terms">[B, T], L_{t-1} and L_0.</param>
/// <param name="DenoisedError">[B, T], mean squared error of x_0 hat.</param>
/// <param name="EpsilonError">[B, T], mean squared error of eps hat.</param>
public sealed record BitsPerDimension(Tensor Total, Tensor Prior, Tensor Terms, Tensor DenoisedError, Tensor EpsilonError)
{
    /// <summary>Evaluates all T terms, one network evaluation each.</summary>
    /// <param name="reverse">The model's process; respace it for fewer terms.</param>
    /// <param name="network">Output at (x_t, t); t counts in the reverse process, the caller maps it to the network's timesteps.</param>
    /// <param name="x0">[B, C, ...] in [-1, 1]; not disposed.</param>
    /// <param name="noise">Draws eps, shaped as x0, at each step; disposed here.</param>
    /// <param name="clip">Whether x_0 hat is clipped to [-1, 1].</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Tensors of the caller's dispose scope.</returns>
    public static BitsPerDimension Evaluate(ReverseProcess reverse, Func<Tensor, int, Tensor> network, Tensor x0, Func<Tensor> noise, bool clip = true,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        var forward = reverse.Forward;
        List<Tensor> terms = [], denoisedErrors = [], epsilonErrors = [];
        for (int t = forward.Schedule.Count - 1; t >= 0; t--)
        {
            cancellation.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var timesteps = full([x0.shape[0]], t, ScalarType.Int64, x0.device);
            var eps = noise();
            var xt = forward.AddNoise(x0, eps, timesteps);
            var step = reverse.Step(network(xt, t), xt, timesteps, clip);
            var epsilon = Parameterisation.Epsilon(Schedules.PredictionType.Sample, step.Denoised, xt, forward, timesteps);
            terms.Add(VariationalBound.Term(reverse, step, x0, xt, timesteps).MoveToOuterDisposeScope());
            denoisedErrors.Add(PerItem.Mean((step.Denoised - x0).square()).MoveToOuterDisposeScope());
            epsilonErrors.Add(PerItem.Mean((epsilon - eps).square()).MoveToOuterDisposeScope());
        }
        var all = stack([.. terms], dim: 1);
        var prior = VariationalBound.Prior(forward, x0);
        var result = new BitsPerDimension(all.sum(1) + prior, prior, all, stack([.. denoisedErrors], dim: 1), stack([.. epsilonErrors], dim: 1));
        scope.MoveToOuter([result.Total, result.Prior, result.Terms, result.DenoisedError, result.EpsilonError]);
        return result;
    }
}
