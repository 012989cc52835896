using Darkroom.Networks.Autoencoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Training.FirstStage;

/// <summary>A first stage's loss and what it is made of: scalars of the caller's dispose scope.</summary>
/// <param name="Total">What the autoencoder makes small; carries the gradient.</param>
/// <param name="Regulariser">KL in nats per picture, or the quantiser's loss; before its weight.</param>
/// <param name="Likelihood">The negative logarithm of the likelihood: per picture with a KL, the mean over all numbers with a codebook.</param>
/// <param name="Reconstruction">Mean of |x - x'| and the perceptual distance.</param>
/// <param name="Perceptual">Mean of the perceptual distance alone.</param>
/// <param name="AdversarialWeight">The adaptive weight times its setting.</param>
/// <param name="Adversarial">-mean D(x'), before weights.</param>
public sealed record FirstStageTerms(
    Tensor Total, Tensor Regulariser, Tensor Likelihood, Tensor Reconstruction, Tensor Perceptual, Tensor AdversarialWeight, Tensor Adversarial);

/// <summary>
/// The full objective of a first stage: |x - x'| + p(x, x') + regulariser + lambda D's judgement, with p a perceptual distance and D a discriminator of
/// patches that joins after some steps.
/// </summary>
/// <remarks>
/// Rombach et al. 2022, arXiv:2112.10752, equation 25 of appendix G, on Esser et al. 2021, arXiv:2012.09841. With a KL the errors are summed per picture and divided
/// by exp(s), s the logarithm of a variance that may be learned; with a codebook they are averaged.
/// </remarks>
public sealed record FirstStageLoss
{
    /// <summary>p(x, x'): [B, 1, 1, 1] of two batches [B, C, H, W], LPIPS as a rule; null for none.</summary>
    public Func<Tensor, Tensor, Tensor>? Perceptual { get; init; }

    /// <summary>Weight of the perceptual distance; default 1.</summary>
    public double PerceptualWeight { get; init; } = 1;

    /// <summary>D: logits of a batch [B, C, H, W].</summary>
    public required Func<Tensor, Tensor> Discriminator { get; init; }

    /// <summary>What D learns; default the hinge.</summary>
    public AdversarialKind Kind { get; init; }

    /// <summary>The step at which D joins; default 0.</summary>
    public long DiscriminatorStart { get; init; }

    /// <summary>Factor of the adaptive weight; default 1.</summary>
    public double DiscriminatorWeight { get; init; } = 1;

    /// <summary>Weight of the KL or of the quantiser's loss; default 1.</summary>
    public double RegulariserWeight { get; init; } = 1;

    /// <summary>The loss of a KL-regularised autoencoder.</summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="reconstruction">x', likewise; carries the gradient.</param>
    /// <param name="posterior">q(z | x).</param>
    /// <param name="logVariance">s, a scalar; may be learned.</param>
    /// <param name="lastLayer">The weight of the decoder's last layer.</param>
    /// <param name="step">0-based.</param>
    public FirstStageTerms WithKl(Tensor x, Tensor reconstruction, DiagonalGaussian posterior, Tensor logVariance, Tensor lastLayer, long step)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        var (error, perceptual) = Errors(x, reconstruction);
        var likelihood = (error / logVariance.exp() + logVariance).sum() / x.shape[0];
        return Keep(scope, likelihood, posterior.KullbackLeibler().mean(), error, perceptual, reconstruction, lastLayer, step);
    }

    /// <summary>The loss of an autoencoder with a codebook.</summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="reconstruction">x', likewise; carries the gradient.</param>
    /// <param name="codebookLoss">The quantiser's <see cref="QuantisedLatents.Loss"/>.</param>
    /// <param name="lastLayer">The weight of the decoder's last layer.</param>
    /// <param name="step">0-based.</param>
    public FirstStageTerms WithCodebook(Tensor x, Tensor reconstruction, Tensor codebookLoss, Tensor lastLayer, long step)
    {
        ArgumentNullException.ThrowIfNull(codebookLoss);
        using var scope = NewDisposeScope();
        var (error, perceptual) = Errors(x, reconstruction);
        return Keep(scope, error.mean(), codebookLoss.mean(), error, perceptual, reconstruction, lastLayer, step);
    }

    /// <summary>What the discriminator makes small: a scalar of the caller's dispose scope, 0 before it joins. Neither picture gets a gradient.</summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="reconstruction">x', likewise.</param>
    /// <param name="step">0-based.</param>
    public Tensor OfDiscriminator(Tensor x, Tensor reconstruction, long step)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(reconstruction);
        using var scope = NewDisposeScope();
        var loss = AdversarialLoss.Discriminator(Kind, Discriminator(x.detach()), Discriminator(reconstruction.detach()));
        return (AdversarialLoss.From(1, step, DiscriminatorStart) * loss).MoveToOuterDisposeScope();
    }

    /// <summary>|x - x'| + p(x, x') for each number, [B, C, H, W], and p.</summary>
    private (Tensor Error, Tensor Perceptual) Errors(Tensor x, Tensor reconstruction)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(reconstruction);
        var error = (x - reconstruction).abs();
        if (Perceptual is null) return (error, zeros(1, dtype: x.dtype, device: x.device));
        var perceptual = Perceptual(x, reconstruction);
        return (error + PerceptualWeight * perceptual, perceptual);
    }

    /// <summary>Adds up the terms, and moves them out of the scope that they were made in.</summary>
    private FirstStageTerms Keep(
        DisposeScope scope, Tensor likelihood, Tensor regulariser, Tensor error, Tensor perceptual, Tensor reconstruction, Tensor lastLayer, long step)
    {
        var adversarial = AdversarialLoss.Generator(Discriminator(reconstruction));
        var weight = DiscriminatorWeight * AdversarialLoss.AdaptiveWeight(likelihood, adversarial, lastLayer);
        var total = likelihood + RegulariserWeight * regulariser + AdversarialLoss.From(1, step, DiscriminatorStart) * weight * adversarial;
        var (reconstructionMean, perceptualMean) = (error.detach().mean(), perceptual.detach().mean());
        scope.MoveToOuter([total, regulariser, likelihood, reconstructionMean, perceptualMean, weight, adversarial]);
        return new(total, regulariser, likelihood, reconstructionMean, perceptualMean, weight, adversarial);
    }
}
