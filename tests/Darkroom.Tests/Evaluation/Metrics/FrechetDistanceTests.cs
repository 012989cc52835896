using CsCheck;
using Darkroom.Evaluation.Metrics;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Metrics;

public class FrechetDistanceTests
{
    // Property: for Gaussians whose covariances are diagonal, d^2 = |mu_1 - mu_2|^2 + sum (s_1 - s_2)^2 with the standard deviations s.
    [Fact]
    public void Diagonal_covariances_have_a_closed_form()
    {
        var first = Diagonal([1, 2, 3], [4, 9, 0]);
        var second = Diagonal([1, 0, 3.5], [1, 9, 0.25]);
        Assert.Equal(4 + 0.25 + 1 + 0 + 0.25, FrechetDistance.Between(first, second), 10);
    }

    // Property: a rotation of both sets leaves the distance as it is, so covariances need not be diagonal.
    [Fact]
    public void Rotations_of_both_sets_change_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(40, 5, 1), y = FeatureSets.Normal(30, 5, 2) * 1.7 + 0.3;
        var (rotation, _) = linalg.qr(FeatureSets.Normal(5, 5, 3));
        double plain = Between(x, y);
        Assert.InRange(plain, 0.1, 100);
        Assert.Equal(plain, Between(x.matmul(rotation), y.matmul(rotation)), 9);
    }

    // Property: with one feature, d^2 = (m_1 - m_2)^2 + (s_1 - s_2)^2 of the samples, worked out by hand: {0, 2} has mean 1 and variance 2, {3, 3} 3 and 0.
    [Fact]
    public void Small_sets_by_hand()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(4 + 2, Between(tensor((double[])[0, 2], [2, 1]), tensor((double[])[3, 3], [2, 1])), 12);
    }

    // Property: symmetric, not negative, and 0 for a set and itself, also where there are fewer pictures than features.
    [Fact]
    public void It_is_a_distance() => FeatureSets.Sizes.Sample(size =>
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(size.Count, 3 * size.Features, size.Seed), y = FeatureSets.Normal(size.Count + 3, 3 * size.Features, size.Seed + 5000) + 1;
        double forth = Between(x, y), back = Between(y, x);
        Assert.InRange(Between(x, x), 0, 1e-10);
        Assert.True(forth > 0.01, $"{forth}");
        Assert.Equal(forth, back, 1e-9 * forth);
    }, iter: 40);

    // Property: moving one set by c adds |c|^2 where the means were equal.
    [Fact]
    public void Translation_adds_its_square() => FeatureSets.Sizes.Sample(size =>
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(size.Count, size.Features, size.Seed), shift = FeatureSets.Normal(1, size.Features, size.Seed + 9000);
        Assert.Equal(shift.square().sum().item<double>(), Between(x, x + shift), 1e-9);
    }, iter: 40);

    // Property: the distance of large samples approaches that of the Gaussians they are of.
    [Fact]
    public void Samples_approach_their_distributions()
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(20000, 4, 1), y = FeatureSets.Normal(20000, 4, 2) * 2 + 1;
        Assert.Equal(4 + 4, Between(x, y), 0.25);
    }

    // Property: covariances of 512 features with a rank of 8 give the distance that their 8 coordinates give.
    [Fact]
    public void Singular_covariances_of_full_size_are_exact()
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(60, 8, 1), y = FeatureSets.Normal(50, 8, 2) + 0.5;
        var (frame, _) = linalg.qr(FeatureSets.Normal(512, 8, 3));
        Assert.Equal(Between(x, y), Between(x.matmul(frame.transpose(0, 1)), y.matmul(frame.transpose(0, 1))), 1e-6);
    }

    // Property: statistics of different networks are refused.
    [Fact]
    public void Feature_counts_must_agree()
    {
        var error = Assert.Throws<DarkroomException>(() => FrechetDistance.Between(Diagonal([1], [1]), Diagonal([1, 2], [1, 1])));
        Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
    }

    // Property: one picture has no covariance, and NaN has no statistics.
    [Fact]
    public void Statistics_need_two_finite_rows()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => FeatureStatistics.Of(zeros(1, 3))).Kind);
        Assert.Equal(ErrorKind.Numerical, Assert.Throws<DarkroomException>(() => FeatureStatistics.Of(full([2, 3], double.NaN))).Kind);
    }

    private static double Between(Tensor x, Tensor y) => FrechetDistance.Between(FeatureStatistics.Of(x), FeatureStatistics.Of(y));

    private static FeatureStatistics Diagonal(double[] mean, double[] variances)
    {
        var covariance = new double[mean.Length * mean.Length];
        for (int i = 0; i < mean.Length; i++) covariance[i * (mean.Length + 1)] = variances[i];
        return new(mean, covariance);
    }
}
