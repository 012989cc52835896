using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>The distance over subsets.</summary>
/// <param name="Mean">Over the subsets: the KID.</param>
/// <param name="StandardDeviation">Over the subsets (divided by their number).</param>
/// <param name="Subsets">How many there were.</param>
/// <param name="SubsetSize">How many pictures of each set were in one.</param>
public sealed record KernelDistanceResult(double Mean, double StandardDeviation, int Subsets, int SubsetSize);

/// <summary>MMD^2 with the kernel k(x, y) = (x y / D + 1)^3: the KID where the features are Inception's.</summary>
/// <remarks>
/// Binkowski et al. 2018, arXiv:1801.01401, sec. 4. Unbiased, unlike the FID: comparable between sets of different sizes, around 0 for equal
/// distributions and so sometimes below. Subsets are drawn as torch-fidelity draws them (numpy's <c>RandomState(2020).choice</c>).
/// </remarks>
public static class KernelDistance
{
    private const uint Seed = 2020;

    /// <summary>Mean and spread over random subsets of equal size.</summary>
    /// <param name="first">[N, D], any float dtype; not disposed.</param>
    /// <param name="second">[M, D].</param>
    /// <param name="subsets">How many subsets.</param>
    /// <param name="subsetSize">Pictures of each set in one; at most N and M, so that small sets are taken whole.</param>
    /// <exception cref="DarkroomException">InvalidRequest: fewer than two rows. Numerical: NaN or infinity.</exception>
    public static KernelDistanceResult OverSubsets(Tensor first, Tensor second, int subsets = 100, int subsetSize = 1000)
    {
        FeatureMatrix.CheckPair(first, second, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(subsets);
        ArgumentOutOfRangeException.ThrowIfLessThan(subsetSize, 2);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor x = first.detach().cpu().to(ScalarType.Float64), y = second.detach().cpu().to(ScalarType.Float64);
        int size = (int)Math.Min(subsetSize, Math.Min(x.shape[0], y.shape[0]));
        var random = new NumpyRandom(Seed);
        var distances = new double[subsets];
        for (int i = 0; i < subsets; i++)
        {
            using var step = NewDisposeScope();
            var ofFirst = Choose(x, size, random);
            distances[i] = Unbiased(ofFirst, Choose(y, size, random));
        }
        double mean = distances.Average();
        return new(mean, Math.Sqrt(distances.Average(d => (d - mean) * (d - mean))), subsets, size);
    }

    /// <summary>The unbiased estimate from all pictures: mean of k over pairs within each set, less twice the mean over pairs across.</summary>
    /// <param name="first">[N, D], N at least 2; not disposed.</param>
    /// <param name="second">[M, D], M at least 2.</param>
    public static double Unbiased(Tensor first, Tensor second)
    {
        FeatureMatrix.CheckPair(first, second, 2);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor x = first.detach().cpu().to(ScalarType.Float64), y = second.detach().cpu().to(ScalarType.Float64);
        return MeanWithin(x) + MeanWithin(y) - 2 * Kernel(x, y).mean().item<double>();
    }

    private static Tensor Kernel(Tensor x, Tensor y) => (x.matmul(y.transpose(0, 1)) / x.shape[1] + 1).pow(3);

    /// <summary>Over pairs of different pictures.</summary>
    private static double MeanWithin(Tensor x)
    {
        long n = x.shape[0];
        var kernel = Kernel(x, x);
        return (kernel.sum() - kernel.diagonal().sum()).item<double>() / (n * (n - 1.0));
    }

    private static Tensor Choose(Tensor rows, int size, NumpyRandom random) =>
        rows.index_select(0, tensor(random.Permutation((int)rows.shape[0]).AsSpan(0, size).ToArray(), ScalarType.Int64));
}
