using CsCheck;
using Darkroom.Diffusion;
using Darkroom.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

public class ForwardProcessTests
{
    private static readonly NoiseSchedule Schedule = NoiseSchedule.ScaledLinear();

    private static readonly ForwardProcess Process = new(Schedule);

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, ScalarType.Float64, generator: generator);
    }

    // Property: for x_0 ~ N(m, s^2), q(x_{t-1} | x_t) by Bayes' rule equals the posterior averaged over p(x_0 | x_t), in mean and in variance.
    [Fact]
    public void Posterior_is_consistent_with_Bayes() => Gen.Select(Gen.Int[1, 999], Gen.Double[-2, 2], Gen.Double[0.1, 3], Gen.Double[-4, 4]).Sample((t, m, s, x) =>
    {
        double alphaBar = Schedule.AlphaBar[t], previous = Schedule.PreviousAlphaBar(t), alpha = 1 - Schedule.Betas[t];
        double DenoisedGiven(double noisy, double ab) => m + Math.Sqrt(ab) * s * s / (ab * s * s + 1 - ab) * (noisy - Math.Sqrt(ab) * m);

        // By Bayes, from x_{t-1} ~ N(sqrt(ab') m, ab' s^2 + 1 - ab') and x_t | x_{t-1} ~ N(sqrt(alpha) x_{t-1}, beta).
        double priorVariance = previous * s * s + 1 - previous, gain = priorVariance * Math.Sqrt(alpha) / (alpha * priorVariance + 1 - alpha);
        double mean = Math.Sqrt(previous) * m + gain * (x - Math.Sqrt(alpha * previous) * m);
        double variance = priorVariance * (1 - gain * Math.Sqrt(alpha));

        double c = Process.Posterior.DenoisedFactors[t], d = Process.Posterior.NoisyFactors[t];
        double denoisedVariance = s * s * (1 - alphaBar) / (alphaBar * s * s + 1 - alphaBar);
        Assert.Equal(mean, c * DenoisedGiven(x, alphaBar) + d * x, 1e-9);
        Assert.Equal(variance, Process.Posterior.Variances[t] + c * c * denoisedVariance, 1e-9);
    });

    // Property: a target turned back by the parameterisation it belongs to gives x_0 and eps again, with a timestep per item and at a single point.
    [Fact]
    public void Parameterisations_round_trip() => Gen.Select(Gen.Int[0, 3], Gen.Int[1, 999], Gen.Int[1, 999], Gen.Int[0, 1000]).Sample((type, t1, t2, seed) =>
    {
        using var scope = NewDisposeScope();
        var prediction = (PredictionType)type;
        Tensor x0 = Random(seed, 2, 3, 4, 4), noise = Random(seed + 1, 2, 3, 4, 4), t = tensor(new long[] { t1, t2 });
        var xt = Process.AddNoise(x0, noise, t);
        var target = Parameterisation.Target(prediction, x0, noise, Process, t);
        AssertEqual(x0, Parameterisation.Denoised(prediction, target, xt, Process, t), 1e-7);
        AssertEqual(noise, Parameterisation.Epsilon(prediction, target, xt, Process, t), 1e-7);
        if (prediction == PredictionType.PreviousMean) return;
        foreach (var at in new[] { NoisePoint.VariancePreserving(t1, Schedule.AlphaBar[t1]), NoisePoint.VarianceExploding(t1, Schedule.Sigma(t1)) })
        {
            var x = at.Alpha * x0[0] + at.Sigma * noise[0];
            var both = Parameterisation.Predict(prediction, target[0], x, at);
            AssertEqual(x0[0], both.Denoised, 1e-7);
            AssertEqual(noise[0], both.Epsilon, 1e-7);
            AssertEqual(noise[0], Parameterisation.EpsilonOf(both.Denoised, x, at), 1e-6);
        }
    }, iter: 50);

    // Property: the two views of a noise level go into one another, and the factor for x is the same there and back.
    [Fact]
    public void Noise_points_round_trip() => Gen.Select(Gen.Double[0, 999], Gen.Double[0.01, 100]).Sample((t, sigma) =>
    {
        var exploding = NoisePoint.VarianceExploding(t, sigma);
        var preserving = exploding.ToVariancePreserving();
        Assert.Equal(1, preserving.Alpha * preserving.Alpha + preserving.Sigma * preserving.Sigma, 1e-12);
        Assert.Equal(sigma, preserving.ToVarianceExploding().Sigma, 1e-9 * sigma);
        Assert.Equal(1, exploding.ScaleTo(preserving) * preserving.ScaleTo(exploding), 1e-12);
        Assert.Equal(preserving.Sigma, exploding.Sigma * exploding.ScaleTo(preserving), 1e-12);
    });

    // Property: results have the dtype of the data, whatever the schedule is computed in, and no call leaves a tensor behind.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Dtype_follows_the_data_and_nothing_leaks(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor x0 = Random(1, 2, 3, 4, 4).to(type), noise = Random(2, 2, 3, 4, 4).to(type), t = tensor(new long[] { 3, 700 });
        var reverse = new ReverseProcess(Process, PredictionType.Epsilon, VarianceType.LearnedRange);
        var objective = new TrainingObjective { Process = reverse, Kind = ObjectiveKind.Hybrid, Weights = LossWeights.MinSnr(Schedule, PredictionType.Epsilon) };
        var output = cat([noise, noise], 1);
        var xt = Process.AddNoise(x0, noise, t);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            using (var results = NewDisposeScope())
            {
                _ = reverse.Step(output, xt, t, clip: true);
                Assert.Equal(4, results.DisposablesCount);
                _ = objective.Losses(output, x0, noise, xt, t);
                Assert.Equal(4 + 3, results.DisposablesCount);
                _ = Parameterisation.Target(PredictionType.Velocity, x0, noise, Process, t);
                Assert.Equal(4 + 3 + 1, results.DisposablesCount);
            }
            var step = reverse.Step(output, xt, t, clip: true);
            var losses = objective.Losses(output, x0, noise, xt, t);
            foreach (var result in new[] { step.Mean, step.Variance, step.Denoised, losses.Loss, losses.Error!, losses.Bound!, Process.Velocity(x0, noise, t), Clipping.DynamicThreshold(x0) })
                Assert.Equal(type, result.dtype);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Property: dynamic thresholding leaves what lies within [-1, 1] alone, and maps every item into it.
    [Fact]
    public void Dynamic_thresholding()
    {
        using var scope = NewDisposeScope();
        var x = cat([Random(1, 1, 3, 8, 8).clamp(-1, 1), 5 * Random(2, 1, 3, 8, 8)]);
        var result = Clipping.DynamicThreshold(x, 0.9, largest: 100);
        AssertEqual(x[0], result[0], 0);
        Assert.Equal(1, result[1].abs().max().item<double>(), 1e-12);
        double threshold = x[1].flatten().abs().quantile(tensor(0.9, ScalarType.Float64)).item<double>();
        AssertEqual(x[1].clamp(-threshold, threshold) / threshold, result[1], 1e-12);
        AssertEqual(x.clamp(-1, 1), Clipping.DynamicThreshold(x, 0.9, largest: 1), 0);
    }

    // Property: a wrong number of timesteps is refused rather than broadcast.
    [Fact]
    public void One_timestep_per_item()
    {
        using var scope = NewDisposeScope();
        var x = Random(1, 2, 3, 4, 4);
        Assert.Throws<ArgumentException>(() => Process.AddNoise(x, x, tensor(new long[] { 1 })));
    }

    private static void AssertEqual(Tensor expected, Tensor actual, double tolerance)
    {
        double difference = (expected - actual).abs().max().item<double>();
        Assert.True(difference <= tolerance, $"differs by {difference}");
    }
}
