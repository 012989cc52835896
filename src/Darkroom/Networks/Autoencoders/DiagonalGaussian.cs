using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>The posterior q(z | x) = N(mean, diag(exp(logVariance))) of a variational autoencoder, before scaling.</summary>
/// <remarks>Kingma and Welling 2014, arXiv:1312.6114. The logarithm of the variance is clamped to [-30, 20], as in latent diffusion.</remarks>
public sealed class DiagonalGaussian : IDisposable
{
    /// <summary>From what the encoder gives.</summary>
    /// <param name="moments">[B, 2C, h, w]: mean, then logarithm of the variance; not disposed.</param>
    public DiagonalGaussian(Tensor moments)
    {
        ArgumentNullException.ThrowIfNull(moments);
        using var scope = NewDisposeScope();
        var halves = moments.chunk(2, dim: 1);
        Mean = halves[0].alias().MoveToOuterDisposeScope();
        LogVariance = halves[1].clamp(-30, 20).MoveToOuterDisposeScope();
    }

    /// <summary>[B, C, h, w].</summary>
    public Tensor Mean { get; }

    /// <summary>[B, C, h, w], within [-30, 20].</summary>
    public Tensor LogVariance { get; }

    /// <summary>exp(LogVariance / 2), [B, C, h, w].</summary>
    public Tensor StandardDeviation()
    {
        using var half = 0.5 * LogVariance;
        return half.exp();
    }

    /// <summary>mean + standard deviation * noise.</summary>
    /// <param name="noise">[B, C, h, w], standard normal.</param>
    public Tensor Sample(Tensor noise)
    {
        using var deviation = StandardDeviation();
        using var spread = deviation * noise;
        return Mean + spread;
    }

    /// <summary>KL(q || N(0, I)) = sum(mean^2 + variance - 1 - LogVariance) / 2, in nats, [B].</summary>
    public Tensor KullbackLeibler()
    {
        using var scope = NewDisposeScope();
        return (0.5 * (Mean.square() + LogVariance.exp() - 1 - LogVariance).sum([1L, 2L, 3L])).MoveToOuterDisposeScope();
    }

    /// <summary>KL(q || p) of another of its kind, in nats, [B].</summary>
    /// <param name="other">p.</param>
    public Tensor KullbackLeibler(DiagonalGaussian other)
    {
        ArgumentNullException.ThrowIfNull(other);
        using var scope = NewDisposeScope();
        var difference = (Mean - other.Mean).square() / other.LogVariance.exp();
        return (0.5 * (difference + (LogVariance - other.LogVariance).exp() - 1 - LogVariance + other.LogVariance).sum([1L, 2L, 3L])).MoveToOuterDisposeScope();
    }

    /// <summary>-log q(z), in nats, [B].</summary>
    /// <param name="z">[B, C, h, w].</param>
    public Tensor NegativeLogLikelihood(Tensor z)
    {
        using var scope = NewDisposeScope();
        return (0.5 * (Math.Log(2 * Math.PI) + LogVariance + (z - Mean).square() / LogVariance.exp()).sum([1L, 2L, 3L])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance.Dispose();
    }
}
