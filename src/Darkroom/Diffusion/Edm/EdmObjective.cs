using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>Which noise levels a denoiser is trained on, and with what weight; table 1 of Karras et al. 2022, arXiv:2206.00364.</summary>
public abstract class NoiseLevelDistribution
{
    /// <summary>Whether <see cref="Sigma"/> takes a standard normal number; otherwise one of [0, 1).</summary>
    public abstract bool IsNormal { get; }

    /// <summary>sigma from a random number.</summary>
    public abstract double Sigma(double random);

    /// <summary>lambda(sigma), the weight of |D(x; sigma) - x_0|^2.</summary>
    public abstract double Weight(double sigma);
}

/// <summary>EDM's own: ln sigma normally distributed, lambda = (sigma^2 + s_d^2) / (sigma s_d)^2.</summary>
/// <param name="mean">P_mean.</param>
/// <param name="standardDeviation">P_std.</param>
/// <param name="sigmaData">s_d.</param>
public sealed class LogNormalNoise(double mean = -1.2, double standardDeviation = 1.2, double sigmaData = 0.5) : NoiseLevelDistribution
{
    /// <inheritdoc/>
    public override bool IsNormal => true;

    /// <inheritdoc/>
    public override double Sigma(double random) => Math.Exp(mean + standardDeviation * random);

    /// <inheritdoc/>
    public override double Weight(double sigma) => (sigma * sigma + sigmaData * sigmaData) / Math.Pow(sigma * sigmaData, 2);
}

/// <summary>Variance preserving: time uniform in (eps_t, 1), lambda = 1/sigma^2.</summary>
/// <param name="betaD">beta_d.</param>
/// <param name="betaMin">beta_min.</param>
/// <param name="smallestTime">eps_t.</param>
public sealed class VariancePreservingNoise(double betaD = 19.9, double betaMin = 0.1, double smallestTime = 1e-5) : NoiseLevelDistribution
{
    private readonly VariancePreservingPreconditioning _process = new(betaD, betaMin);

    /// <inheritdoc/>
    public override bool IsNormal => false;

    /// <inheritdoc/>
    public override double Sigma(double random) => _process.Sigma(1 + random * (smallestTime - 1));

    /// <inheritdoc/>
    public override double Weight(double sigma) => 1 / (sigma * sigma);
}

/// <summary>Variance exploding: ln sigma uniform, lambda = 1/sigma^2.</summary>
/// <param name="sigmaMin">The smallest sigma.</param>
/// <param name="sigmaMax">The largest.</param>
public sealed class LogUniformNoise(double sigmaMin = 0.02, double sigmaMax = 100) : NoiseLevelDistribution
{
    /// <inheritdoc/>
    public override bool IsNormal => false;

    /// <inheritdoc/>
    public override double Sigma(double random) => sigmaMin * Math.Pow(sigmaMax / sigmaMin, random);

    /// <inheritdoc/>
    public override double Weight(double sigma) => 1 / (sigma * sigma);
}

/// <summary>A network F as the denoiser D, and its loss, with a noise level per item.</summary>
/// <remarks>
/// Karras et al. 2022, eq. 7 and 8. Factors are computed in float64 on the host and cast once; results belong to the caller's dispose
/// scope.
/// </remarks>
public static class EdmObjective
{
    /// <summary>D(x; sigma) = c_skip x + c_out F(c_in x; c_noise).</summary>
    /// <param name="preconditioning">The factors.</param>
    /// <param name="network">F of (c_in x, c_noise [B] float32).</param>
    /// <param name="x">[B, ...].</param>
    /// <param name="sigmas">B numbers.</param>
    public static Tensor Denoise(Preconditioning preconditioning, Func<Tensor, Tensor, Tensor> network, Tensor x, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        var (input, time) = Input(preconditioning, x, sigmas);
        return Denoised(preconditioning, network(input, time), x, sigmas).MoveToOuterDisposeScope();
    }

    /// <summary>What the network is given: c_in x, and c_noise [B] in float32.</summary>
    internal static (Tensor Input, Tensor Time) Input(Preconditioning preconditioning, Tensor x, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        PreconditioningFactors[] factors = [.. sigmas.Select(preconditioning.At)];
        var input = Column(factors, f => f.In, x) * x;
        var time = tensor(factors.Select(f => (float)f.Noise).ToArray(), ScalarType.Float32, x.device);
        return (input.MoveToOuterDisposeScope(), time.MoveToOuterDisposeScope());
    }

    /// <summary>c_skip x + c_out F, F being the network's output.</summary>
    internal static Tensor Denoised(Preconditioning preconditioning, Tensor output, Tensor x, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        PreconditioningFactors[] factors = [.. sigmas.Select(preconditioning.At)];
        return (Column(factors, f => f.Skip, x) * x + Column(factors, f => f.Output, x) * output).MoveToOuterDisposeScope();
    }

    private static Tensor Column(PreconditioningFactors[] factors, Func<PreconditioningFactors, double> factor, Tensor like) =>
        PerItem.Column(tensor(factors.Select(factor).ToArray(), ScalarType.Float64), like);

    /// <summary>x_0 + sigma eps.</summary>
    /// <param name="x0">[B, ...].</param>
    /// <param name="noise">eps, as x0.</param>
    /// <param name="sigmas">B numbers.</param>
    public static Tensor AddNoise(Tensor x0, Tensor noise, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        return (x0 + PerItem.Column(tensor(sigmas.ToArray(), ScalarType.Float64), x0) * noise).MoveToOuterDisposeScope();
    }

    /// <summary>lambda(sigma) (D - x_0)^2, elementwise; average over everything but the batch for a loss per item.</summary>
    /// <param name="distribution">The weight.</param>
    /// <param name="denoised">D(x_0 + sigma eps; sigma), [B, ...].</param>
    /// <param name="x0">As denoised.</param>
    /// <param name="sigmas">B numbers.</param>
    public static Tensor Loss(NoiseLevelDistribution distribution, Tensor denoised, Tensor x0, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        var weights = PerItem.Column(tensor(sigmas.Select(distribution.Weight).ToArray(), ScalarType.Float64), x0);
        return (weights * (denoised - x0).square()).MoveToOuterDisposeScope();
    }
}
