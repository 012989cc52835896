using static TorchSharp.torch;

namespace Darkroom.Tests.Golden;

/// <summary>
/// The exact denoiser of the golden files' data density p(x_0) = sum_k w_k N(mu_k, s_k^2 I), for x = alpha x_0 + sigma eps; in float64.
/// </summary>
public sealed class GaussianMixture(Tensor means, double[] deviations, double[] weights)
{
    public static GaussianMixture Of(GoldenCase testCase)
    {
        double[] Values(string name) => [.. testCase.Shared(name).to(ScalarType.Float64).data<double>()];
        return new(testCase.Shared("gmm_mu"), Values("gmm_std"), Values("gmm_weight"));
    }

    /// <summary>E[x_0 | x], per item.</summary>
    public Tensor Denoised(Tensor x, double alpha, double sigma)
    {
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float64).unsqueeze(1);                                   // [B, 1, C, h, w]
        long dimensions = x.numel() / x.shape[0];
        double[] variances = [.. deviations.Select(s => alpha * alpha * s * s + sigma * sigma)];
        var variance = tensor(variances);
        var distance = (wide - alpha * means.unsqueeze(0)).square().flatten(2).sum(2);      // [B, K]
        var log = tensor(weights).log() - dimensions / 2.0 * variance.log() - distance / (2 * variance);
        var responsibility = log.softmax(1).reshape(x.shape[0], -1, 1, 1, 1);
        var gain = tensor(deviations.Zip(variances, (s, v) => alpha * s * s / v).ToArray()).reshape(1, -1, 1, 1, 1);
        return (responsibility * (means.unsqueeze(0) + gain * (wide - alpha * means.unsqueeze(0)))).sum(1).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>(x - alpha E[x_0 | x]) / sigma.</summary>
    public Tensor Epsilon(Tensor x, double alpha, double sigma)
    {
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float64);
        return ((wide - alpha * Denoised(wide, alpha, sigma)) / sigma).to(x.dtype).MoveToOuterDisposeScope();
    }
}
