using CsCheck;
using Darkroom.Evaluation.Metrics;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Metrics;

public class KernelDistanceTests
{
    // Property: worked out by hand with one feature, x = {0, 1}, y = {1, 2}: k(0,1) = 1, k(1,2) = 27, across k = 1, 1, 8, 27.
    [Fact]
    public void Small_sets_by_hand()
    {
        using var scope = NewDisposeScope();
        double distance = KernelDistance.Unbiased(tensor((double[])[0, 1], [2, 1]), tensor((double[])[1, 2], [2, 1]));
        Assert.Equal(1 + 27 - 2 * (1 + 1 + 8 + 27) / 4.0, distance, 12);
    }

    // Property: for standard normals of D features that are apart by c, the kernel's mean is known: E(x y / D + 1)^3 = (1 + a)^3 + 3 (1 + a) v with a and v
    // the mean and variance of x y / D; the estimate agrees within Monte-Carlo error.
    [Fact]
    public void Gaussians_have_a_closed_form()
    {
        using var scope = NewDisposeScope();
        const int D = 8;
        const double C = 0.5; // each coordinate of the second set's mean
        Tensor x = FeatureSets.Normal(4000, D, 1), y = FeatureSets.Normal(4000, D, 2) + C;
        double Moment(double a, double v, double third) => Math.Pow(1 + a, 3) + 3 * (1 + a) * v + third;
        // x y per coordinate: mean m n, variance 1 + m^2 + n^2, third central moment 6 m n (coordinates are independent).
        double Kernel(double m, double n) => Moment(m * n, (1 + m * m + n * n) / D, 6 * m * n / (D * D));
        Assert.Equal(Kernel(0, 0) + Kernel(C, C) - 2 * Kernel(0, C), KernelDistance.Unbiased(x, y), 0.06);
    }

    // Property: without bias: for equal distributions the mean over many small sets is 0 within its standard error, and some are below 0.
    [Fact]
    public void Equal_distributions_are_around_zero()
    {
        using var scope = NewDisposeScope();
        double[] distances = [.. Enumerable.Range(0, 400).Select(i =>
            KernelDistance.Unbiased(FeatureSets.Normal(10, 3, (ulong)i), FeatureSets.Normal(10, 3, (ulong)i + 10000)))];
        double mean = distances.Average(), deviation = Math.Sqrt(distances.Average(d => (d - mean) * (d - mean)));
        Assert.InRange(mean / (deviation / Math.Sqrt(distances.Length)), -3.5, 3.5);
        Assert.Contains(distances, d => d < 0);
    }

    // Property: symmetric; and not changed by a rotation of both sets.
    [Fact]
    public void It_is_symmetric_and_turns_with_its_sets() => FeatureSets.Sizes.Sample(size =>
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(size.Count, size.Features, size.Seed), y = FeatureSets.Normal(size.Count + 4, size.Features, size.Seed + 77) * 1.5;
        var (rotation, _) = linalg.qr(FeatureSets.Normal(size.Features, size.Features, size.Seed + 99));
        double distance = KernelDistance.Unbiased(x, y), scale = 1e-9 * (1 + Math.Abs(distance));
        Assert.Equal(distance, KernelDistance.Unbiased(y, x), scale);
        Assert.Equal(distance, KernelDistance.Unbiased(x.matmul(rotation), y.matmul(rotation)), scale);
    }, iter: 40);

    // Property: subsets are the same at every call, are of the size asked for where the sets allow, and their mean is near that of the whole.
    [Fact]
    public void Subsets_repeat()
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(600, 4, 1), y = FeatureSets.Normal(500, 4, 2) + 1;
        var result = KernelDistance.OverSubsets(x, y, subsets: 50, subsetSize: 200);
        Assert.Equal(result, KernelDistance.OverSubsets(x, y, subsets: 50, subsetSize: 200));
        Assert.Equal((50, 200), (result.Subsets, result.SubsetSize));
        Assert.InRange(result.StandardDeviation, 1e-3, 2);
        Assert.Equal(KernelDistance.Unbiased(x, y), result.Mean, 4 * result.StandardDeviation / Math.Sqrt(50));
        Assert.Equal(500, KernelDistance.OverSubsets(x, y, subsets: 2).SubsetSize);
    }
}
