using Darkroom.Diffusion;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

public class LikelihoodOfMixtureTests
{
    private static readonly GaussianMixture Mixture = new(
        tensor((double[])[.. Enumerable.Range(0, 24).Select(i => 0.4 * Math.Sin(i))]).reshape(2, 3, 2, 2), [0.15, 0.2], [0.5, 0.5]);

    // Property: with the exact denoiser the variational bound of 8-bit data is above their true bits per dimension, but not by much.
    [Fact]
    public void Bound_is_just_above_the_truth()
    {
        using var scope = NewDisposeScope();
        var (x0, truth) = Data(64);
        var schedule = NoiseSchedule.Linear();
        var forward = new ForwardProcess(schedule);
        using var noise = new Generator(2, CPU);
        var bound = BitsPerDimension.Evaluate(new ReverseProcess(forward, PredictionType.Epsilon, VarianceType.FixedLarge),
            (x, t) => Mixture.Epsilon(x, Math.Sqrt(schedule.AlphaBar[t]), Math.Sqrt(1 - schedule.AlphaBar[t])),
            x0, () => randn(x0.shape, ScalarType.Float64, CPU, generator: noise), clip: false);
        // The bound is a mean over one draw of noise per term, with an error of a few hundredths.
        Assert.InRange(bound.Total.mean().item<double>() - truth, -0.05, 0.15);
    }

    // Property: by the ODE with the exact trace the bits are the mixture's own, whatever the SDE, and a random probe is right on average.
    [Theory]
    [InlineData("vp")]
    [InlineData("ve")]
    public void Ode_gives_the_truth(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4, CPU);
        Sde sde = name == "vp" ? new VariancePreservingSde() : new VarianceExplodingSde();
        var x0 = Mixture.Sample(16, generator);
        var truth = Mixture.LogDensity(x0) / (-Math.Log(2) * 12) + OdeLikelihood.PictureOffset;
        var exact = OdeLikelihood.Evaluate(sde, Mixture, x0, probe: null);
        Assert.True((exact.BitsPerDimension - truth).abs().max().item<double>() < 0.01);
        var estimates = Enumerable.Range(0, 8).Select(_ => OdeLikelihood.Evaluate(sde, Mixture, x0, OdeLikelihood.Probe(x0, generator)).BitsPerDimension.mean().item<double>());
        Assert.Equal(truth.mean().item<double>(), estimates.Average(), 0.05);
    }

    // Items on the grid of 8-bit values, and the bits of their cells of 2/255 under the density.
    private static (Tensor Items, double Bits) Data(int count)
    {
        using var generator = new Generator(1, CPU);
        var items = ((Mixture.Sample(count, generator) + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1;
        return (items, (Mixture.LogDensity(items) / (-Math.Log(2) * Mixture.Dimensions)).mean().item<double>() + Math.Log2(127.5));
    }
}
