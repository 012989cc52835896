using static TorchSharp.torch;

namespace Darkroom.Training.FirstStage;

/// <summary>How a discriminator learns to tell pictures from reconstructions.</summary>
public enum AdversarialKind
{
    /// <summary>(mean max(0, 1 - D(x)) + mean max(0, 1 + D(x'))) / 2; Lim and Ye 2017, arXiv:1705.02894.</summary>
    Hinge,

    /// <summary>(mean softplus(-D(x)) + mean softplus(D(x'))) / 2; Goodfellow et al. 2014, arXiv:1406.2661.</summary>
    Vanilla,
}

/// <summary>The two sides of an adversarial training, and how they are weighed, as in VQGAN.</summary>
/// <remarks>Esser et al. 2021, arXiv:2012.09841, equations 5 to 7. The tensors returned are scalars of the caller's dispose scope.</remarks>
public static class AdversarialLoss
{
    private const double AdaptiveFloor = 1e-4;
    private const double AdaptiveCeiling = 1e4;

    /// <summary>What the discriminator makes small.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="real">D(x), logits of any shape.</param>
    /// <param name="fake">D(x'), likewise.</param>
    public static Tensor Discriminator(AdversarialKind kind, Tensor real, Tensor fake)
    {
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(fake);
        using var scope = NewDisposeScope();
        var (wrongReal, wrongFake) = kind == AdversarialKind.Hinge
            ? (nn.functional.relu(1 - real), nn.functional.relu(1 + fake))
            : (nn.functional.softplus(-real), nn.functional.softplus(fake));
        return (0.5 * (wrongReal.mean() + wrongFake.mean())).MoveToOuterDisposeScope();
    }

    /// <summary>What the autoencoder makes small, of either kind: -mean D(x').</summary>
    /// <param name="fake">D(x'), logits of any shape.</param>
    public static Tensor Generator(Tensor fake)
    {
        ArgumentNullException.ThrowIfNull(fake);
        using var mean = fake.mean();
        return -mean;
    }

    /// <summary>The weight from a step on, 0 before it: a discriminator joins when reconstructions are good already.</summary>
    /// <param name="weight">From <paramref name="start"/> on.</param>
    /// <param name="step">0-based.</param>
    /// <param name="start">The first step with the weight.</param>
    public static double From(double weight, long step, long start) => step < start ? 0 : weight;

    /// <summary>
    /// lambda = |grad_L reconstruction| / (|grad_L adversarial| + 1e-4), at most 1e4: both losses pull equally at the decoder's last layer L; equation 7. It
    /// carries no gradient; the graphs of both losses are kept.
    /// </summary>
    /// <param name="reconstruction">A scalar.</param>
    /// <param name="adversarial">A scalar.</param>
    /// <param name="lastLayer">L, the weight of the decoder's last layer.</param>
    public static Tensor AdaptiveWeight(Tensor reconstruction, Tensor adversarial, Tensor lastLayer)
    {
        ArgumentNullException.ThrowIfNull(reconstruction);
        ArgumentNullException.ThrowIfNull(adversarial);
        ArgumentNullException.ThrowIfNull(lastLayer);
        using var scope = NewDisposeScope();
        Tensor Pull(Tensor loss) => autograd.grad([loss], [lastLayer], retain_graph: true)[0].norm();
        return (Pull(reconstruction) / (Pull(adversarial) + AdaptiveFloor)).clamp(0, AdaptiveCeiling).detach().MoveToOuterDisposeScope();
    }
}
