using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>d^2 = |mu_1 - mu_2|^2 + tr(Sigma_1 + Sigma_2 - 2 (Sigma_1 Sigma_2)^(1/2)): the FID where the features are Inception's.</summary>
/// <remarks>
/// Heusel et al. 2017, arXiv:1706.08500, eq. 6. The trace of the root is the sum of the singular values of R_1 R_2^T with Sigma = R^T R from its eigenvalues. This needs no matrix
/// of full rank, so that nothing is added to the diagonals as pytorch-fid does where its root of the product fails (fewer pictures than features).
/// </remarks>
public static class FrechetDistance
{
    private const double Rounding = 2.220446049250313e-16; // of float64

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
        double root = linalg.svdvals(Root(first).matmul(Root(second).transpose(0, 1))).sum().item<double>();
        return Math.Max(0, distance + traces - 2 * root);
    }

    /// <summary>R = Lambda^(1/2) Q^T of a covariance Q Lambda Q^T = R^T R, without the rows that are 0 within rounding; [rank, D].</summary>
    private static Tensor Root(FeatureStatistics statistics)
    {
        int count = statistics.FeatureCount;
        var (values, vectors) = linalg.eigh(tensor(statistics.Covariance, [count, count])); // in ascending order
        double least = values[count - 1].item<double>() * count * Rounding;
        long rank = Math.Max(1, (values > least).sum().item<long>());
        var kept = values.narrow(0, count - rank, rank).clamp(min: 0).sqrt();
        return (vectors.narrow(1, count - rank, rank) * kept).transpose(0, 1);
    }
}
