using Darkroom.Diffusion;
using Darkroom.Lecture;
using Darkroom.Lecture.Plane;
using static TorchSharp.torch;

namespace Darkroom.Tests.Lecture;

public class PlaneTests
{
    public static TheoryData<string> Data => [.. PlaneData.Names];

    // Property: data have mean 0 and about variance 1, as the noise that they become, and their classes together are they.
    [Theory]
    [MemberData(nameof(Data))]
    public void Data_are_normalised(string name)
    {
        using var scope = NewDisposeScope();
        var data = PlaneData.Named(name);
        Assert.InRange(data.All.Mean().abs().max().item<double>(), 0, 0.25);
        Assert.InRange(data.All.Covariance().trace().item<double>() / 2, 0.6, 1.4);
        var x = data.Sample(50, 1).ToTensor();
        var classes = stack([.. data.Classes.Select(c => c.LogDensity(x))]).logsumexp(0) - Math.Log(data.ClassCount);
        Assert.True((classes - data.All.LogDensity(x)).abs().max().item<double>() < 1e-9);
    }

    // Property: two sets of one distribution are within the noise, shifted ones are apart by about the shift, and distance is symmetric.
    [Fact]
    public void Energy_distance_tells_sets_apart()
    {
        var data = PlaneData.Named("moons");
        PlanePoints first = data.Sample(2000, 1), second = data.Sample(2000, 2), shifted = new([.. second.X.Select(x => x + 4)], second.Y);
        Assert.InRange(EnergyDistance.Between(first, second), 0, 1.5 * EnergyDistance.Noise);
        Assert.InRange(EnergyDistance.Between(first, shifted), 1.5, 4);
        Assert.Equal(EnergyDistance.Between(first, shifted), EnergyDistance.Between(shifted, first), 9);
        Assert.Equal("< 0.03", EnergyDistance.Describe(0.01));
    }

    // Property: with the exact denoiser and many steps, samplers of every view end within the noise of the data, and paths lead from the start to the samples.
    [Theory]
    [InlineData("ddim")]
    [InlineData("ddpm")]
    [InlineData("k_heun")]
    [InlineData("DPM++ 2M Karras")]
    public void Samplers_reach_the_data(string sampler)
    {
        var data = PlaneData.Named("ring");
        var run = PlaneRun.From(data.All, new() { Sampler = sampler, Steps = sampler == "ddpm" ? 200 : 40 });
        Assert.InRange(EnergyDistance.Between(run.Samples, data.Sample(1000, 1)), 0, 2 * EnergyDistance.Noise);
        Assert.Equal((run.Path[0].X[7], run.Samples.Y[7]), (run.Way(7).X[0], run.Way(7).Y[^1]));
        double start = run.Path[0].X.Concat(run.Path[0].Y).Average(v => v * v);
        Assert.InRange(start, 0.9, 1.1);
    }

    // Property: guidance at 0 is the unconditional denoiser, at 1 the conditional one, and beyond it goes on in the same direction.
    [Fact]
    public void Guidance_is_a_line()
    {
        using var scope = NewDisposeScope();
        var data = PlaneData.Named("mixture");
        var at = NoisePoint.VariancePreserving(300, 0.5);
        var x = data.Sample(20, 1).ToTensor();
        Tensor Epsilon(double scale) => new GuidedDenoiser(data.All, data.Classes[1], scale).Predict(x, at).Epsilon;
        Tensor free = data.All.Predict(x, at).Epsilon, conditional = data.Classes[1].Predict(x, at).Epsilon;
        Assert.True((Epsilon(0) - free).abs().max().item<double>() < 1e-12);
        Assert.True((Epsilon(1) - conditional).abs().max().item<double>() < 1e-12);
        Assert.True((Epsilon(3) - free - 3 * (conditional - free)).abs().max().item<double>() < 1e-12);
        Assert.True((conditional - free).abs().max().item<double>() > 0.01);
    }

    // Property: a network trained for a second predicts the noise nearly as well as the exact denoiser, and not better; the same seed gives the same network.
    [Fact]
    public void A_network_learns()
    {
        var data = PlaneData.Named("moons");
        using var network = PlaneNetwork.Train(data, PlaneRun.Schedule, updates: 400);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator(9, CPU);
        var at = NoisePoint.VariancePreserving(300, PlaneRun.Schedule.AlphaBar[300]);
        Tensor x0 = data.All.Sample(4000, generator), noise = randn([4000, 2], ScalarType.Float64, generator: generator), x = at.Alpha * x0 + at.Sigma * noise;
        double Loss(IDenoiser denoiser) => (denoiser.Predict(x, at).Epsilon - noise).square().mean().item<double>();
        double exact = Loss(data.All), learned = Loss(network);
        Assert.InRange(learned, exact - 0.002, exact * 1.2);
        using var again = PlaneNetwork.Train(data, PlaneRun.Schedule, updates: 400);
        Assert.Equal(learned, Loss(again), 1e-4);
    }

    // Property: the playground reports what it did, and refuses with all problems what has no meaning.
    [Fact]
    public void The_playground_checks_and_measures()
    {
        var result = Playground.Run(new() { Data = "ring", Class = 3, Steps = 30 });
        Assert.Equal((960, 480), (result.Picture.Width, result.Picture.Height));
        Assert.Equal(30, result.Evaluations);
        Assert.InRange(result.Distance, 0, 0.1);
        Assert.True(Playground.Run(new() { Data = "ring", Class = 3, Steps = 30, Guidance = 0 }).Distance > 0.5);

        Assert.Equal(2, Assert.Throws<DarkroomException>(() => Playground.Run(new() { Data = "ring", Class = 8, Learned = true })).Problems.Count);
        Assert.Contains("--class", Assert.Throws<DarkroomException>(() => Playground.Run(new() { Guidance = 3 })).Message, StringComparison.Ordinal);
        Assert.Contains("moons", Assert.Throws<DarkroomException>(() => Playground.Run(new() { Data = "suns" })).Message, StringComparison.Ordinal);
        Assert.Contains("sampler", Assert.Throws<DarkroomException>(() => Playground.Run(new() { Sampler = "euleer" })).Message, StringComparison.Ordinal);
    }
}
