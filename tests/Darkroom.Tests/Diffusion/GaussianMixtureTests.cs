using CsCheck;
using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

public class GaussianMixtureTests
{
    private static readonly GaussianMixture Mixture = new(tensor(new[,] { { 1.0, 0.5 }, { -0.7, 0.2 }, { 0.1, -1.1 } }), [0.2, 0.35, 0.5], [1, 2, 1]);

    private static readonly Gen<(double Alpha, double Sigma, double X, double Y)> Points = Gen.Select(Gen.Double[0.05, 1], Gen.Double[0.05, 3], Gen.Double[-2, 2], Gen.Double[-2, 2]);

    // Property: the score is the gradient of the log density, at every noise level.
    [Fact]
    public void Score_is_the_gradient_of_the_log_density() => Points.Sample(at =>
    {
        using var scope = NewDisposeScope();
        const double H = 1e-5;
        double Log(double x, double y) => Mixture.LogDensity(Item(x, y), at.Alpha, at.Sigma).item<double>();
        double[] score = [.. Mixture.Score(Item(at.X, at.Y), at.Alpha, at.Sigma).data<double>()];
        Assert.Equal((Log(at.X + H, at.Y) - Log(at.X - H, at.Y)) / (2 * H), score[0], 1e-6 * (1 + Math.Abs(score[0])));
        Assert.Equal((Log(at.X, at.Y + H) - Log(at.X, at.Y - H)) / (2 * H), score[1], 1e-6 * (1 + Math.Abs(score[1])));
    }, iter: 50);

    // Property: x = alpha E[x_0 | x] + sigma E[eps | x], and E[eps | x] = -sigma score.
    [Fact]
    public void Predictions_fit_together() => Points.Sample(at =>
    {
        using var scope = NewDisposeScope();
        var x = Item(at.X, at.Y);
        var (denoised, epsilon, _) = Mixture.Predict(x, new(0, at.Alpha, at.Sigma));
        Close(x, at.Alpha * denoised + at.Sigma * epsilon);
        Close(epsilon, -at.Sigma * Mixture.Score(x, at.Alpha, at.Sigma));
    }, iter: 50);

    // Property: the density at a noise level is the density of the diffused mixture, and integrates to 1.
    [Fact]
    public void Diffused_is_the_law_of_noisy_items() => Gen.Select(Gen.Double[0.3, 1], Gen.Double[0.2, 1]).Sample((alpha, sigma) =>
    {
        using var scope = NewDisposeScope();
        var axis = linspace(-8, 8, 161, ScalarType.Float64);
        var grid = cartesian_prod([axis, axis]);
        var log = Mixture.LogDensity(grid, alpha, sigma);
        Close(Mixture.Diffused(alpha, sigma).LogDensity(grid), log);
        Assert.Equal(1, log.exp().sum().item<double>() * 0.01, 1e-6);
    }, iter: 5);

    // Property: drawn items have the mixture's mean and covariance.
    [Fact]
    public void Samples_have_mean_and_covariance()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var items = Mixture.Sample(200_000, generator);
        var mean = items.mean([0]);
        var centred = items - mean;
        // The standard error of a mean of 200,000 numbers of variance below 1 is 0.0022.
        Assert.True((mean - Mixture.Mean()).abs().max().item<double>() < 0.01);
        Assert.True((centred.t().matmul(centred) / 200_000 - Mixture.Covariance()).abs().max().item<double>() < 0.01);
    }

    // Property: without noise the item itself is the prediction, and there is no noise in it; also in other dtypes.
    [Fact]
    public void At_sigma_0_the_item_is_the_prediction()
    {
        using var scope = NewDisposeScope();
        var x = Item(0.3, -0.4).to(ScalarType.Float32);
        var (denoised, epsilon, _) = Mixture.Predict(x, new(0, 1, 0));
        Assert.Equal(ScalarType.Float32, denoised.dtype);
        Assert.True((denoised - x).abs().max().item<float>() < 1e-6f);
        Assert.Equal(0, epsilon.abs().max().item<float>());
    }

    // Property: a mixture that is none, and items of another shape, are refused.
    [Fact]
    public void Contradictions_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => new GaussianMixture(zeros(2, 3), [1], [1, 1]));
        Assert.Throws<ArgumentException>(() => new GaussianMixture(zeros(2, 3), [1, -1], [1, 1]));
        Assert.Throws<ArgumentException>(() => new GaussianMixture(zeros(2, 3), [1, 1], [1, 0]));
        Assert.Throws<ArgumentException>(() => new GaussianMixture(zeros(3), [1, 1, 1], [1, 1, 1]));
        Assert.Throws<ArgumentException>(() => Mixture.Denoised(zeros(4, 3), 1, 1));
    }

    private static Tensor Item(double x, double y) => tensor(new[] { x, y }).reshape(1, 2);

    private static void Close(Tensor expected, Tensor actual) => Assert.True((expected - actual).abs().max().item<double>() < 1e-9);
}
