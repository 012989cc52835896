using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>d^2 = |mu_1 - mu_2|^2 + tr(Sigma_1 + Sigma_2 - 2 (Sigma_1 Sigma_2)^(1/2)): the FID where the features are Inception's.</summary>
/// <remarks>
/// Heusel et al. 2017, arXiv:1706.08500, eq. 6. The trace of the root is the sum of the singular values of Sigma_1^(1/2) Sigma_2^(1/2), with the roots from
/// eigenvalues that are cut at zero. This needs no matrix of full rank, so that nothing is added to the diagonals as pytorch-fid does where its
/// root of the product fails (fewer pictures than features).
/// </remarks>
public static class FrechetDistance
{
    /// <summary>d^2 of two Gaussians, in float64; never negative.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: of different feature counts, so not of the same network.</exception>
    public static double Between(FeatureStatistics first, FeatureStatistics second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        int count = first.FeatureCount;
        if (count != second.FeatureCount)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, $"The statistics are of {count} and of {second.FeatureCount} features.", null,
                "Compute both with the same network.");
        }
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        double distance = 0, traces = 0;
        for (int i = 0; i < count; i++)
        {
            distance += (first.Mean[i] - second.Mean[i]) * (first.Mean[i] - second.Mean[i]);
            traces += first.Covariance[i * (count + 1)] + second.Covariance[i * (count + 1)];
        }
        var product = SquareRoot(first).matmul(SquareRoot(second));
        double root = linalg.svdvals(product).sum().item<double>();
        return Math.Max(0, distance + traces - 2 * root);
    }

    /// <summary>The symmetric root Q Lambda^(1/2) Q^T of a covariance Q Lambda Q^T.</summary>
    private static Tensor SquareRoot(FeatureStatistics statistics)
    {
        var (values, vectors) = linalg.eigh(tensor(statistics.Covariance, [statistics.FeatureCount, statistics.FeatureCount]));
        return (vectors * values.clamp(min: 0).sqrt()).matmul(vectors.transpose(0, 1));
    }
}
