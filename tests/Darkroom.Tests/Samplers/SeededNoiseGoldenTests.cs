using System.Text;
using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>SDE samplers with the Brownian path of their seed in place of the stored noise.</summary>
[Trait("Category", "Golden")]
public class SeededNoiseGoldenTests
{
    // Property: the noise of k-diffusion's SDE samplers is that of the seed, interval by interval.
    [Fact]
    public void Noise_of_kdiffusion_follows_from_the_seed() => GoldenCase.CheckAll("diffusion/samplers_kdiffusion", golden =>
    {
        string function = golden.Text("function")["sample_".Length..];
        var prepared = KDiffusionSamplers.Create(function, golden.Doubles("sigmas"), _ => 0, new() { Steps = (int)golden.Number("n") });
        AssertNoise(prepared, golden.Parameters.GetProperty("brownian_seed").GetInt64(), golden["noise"]);
        return true;
    }, only: name => name.Contains("_brownian_", StringComparison.Ordinal), aspect: "noise of a seed");

    // Property: so is the noise of diffusers' DPM++ SDE, whose path is looked up at noise levels computed in float32.
    [Fact]
    public void Noise_of_diffusers_follows_from_the_seed() => GoldenCase.CheckAll("diffusion/samplers_diffusers", golden =>
    {
        var file = JsonNode.Parse(golden.Parameters.GetProperty("config").GetRawText())!.AsObject();
        file["_class_name"] = golden.Text("class");
        var config = SchedulerConfig.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
        AssertNoise(DiffusersSamplers.Create(config, new() { Steps = (int)golden.Number("steps") }), config.NoiseSamplerSeed!.Value, golden["noise"]);
        return true;
    }, only: name => name.Contains("_brownian_", StringComparison.Ordinal), aspect: "noise of a seed");

    // Property: and that of the whole pipeline's DPM++ SDE case.
    [Fact]
    public void Noise_of_the_pipeline_follows_from_the_seed()
    {
        const string Topic = "models/cases";
        var cases = GoldenData.Cases(Topic).Where(c => c.GetProperty("sampler").GetString() == "dpmpp_sde").ToList();
        foreach (var golden in cases)
        {
            var expected = golden.GetProperty("expected");
            var config = SchedulerConfig.Parse(Encoding.UTF8.GetBytes(expected.GetProperty("scheduler_config").GetRawText())).As("DPMSolverSDEScheduler");
            var prepared = DiffusersSamplers.Create(config, new() { Steps = golden.GetProperty("steps").GetInt32() });
            var noise = GoldenData.Tensors("models/latents.safetensors")[expected.GetProperty("latents_key").GetString() + "/step_noise"];
            AssertNoise(prepared, config.NoiseSamplerSeed ?? 0, noise);
        }
        if (cases.Count > 0) GoldenReport.Add(Topic + " (noise of a seed)", cases.Count, cases.Count);
    }

    private static void AssertNoise(PreparedSampler prepared, long seed, Tensor expected)
    {
        using var scope = NewDisposeScope();
        var recorder = new NoiseRecorder();
        var sampler = new BrownianSampler(new RecordingSampler(prepared.Sampler, recorder), [seed]);
        var x = zeros(expected.select(0, 0).shape);
        sampler.Sample(new NothingDenoiser(), x, prepared.Plan, new NoNoise()).Dispose();
        Assert.Equal(expected.shape[0], recorder.Noise.Count);
        for (int row = 0; row < recorder.Noise.Count; row++)
        {
            double worst = (recorder.Noise[row] - expected.select(0, row)).abs().max().to_type(ScalarType.Float64).item<double>();
            Assert.True(worst < 2e-5, $"draw {row}: off by {worst:G4}");
        }
    }

    private sealed class NothingDenoiser : IDenoiser
    {
        public Prediction Predict(Tensor x, NoisePoint at) => new(zeros_like(x), zeros_like(x));
    }

    private sealed class RecordingSampler(ISampler inner, NoiseRecorder recorder) : ISampler
    {
        public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
        {
            recorder.Source = noise;
            return inner.Sample(denoiser, x, plan, recorder, after);
        }
    }

    private sealed class NoiseRecorder : INoiseSource
    {
        public INoiseSource? Source { get; set; }

        public List<Tensor> Noise { get; } = [];

        public Tensor Next(Tensor like) => Source!.Next(like);

        public Tensor Between(double sigmaFrom, double sigmaTo, Tensor like)
        {
            var noise = Source!.Between(sigmaFrom, sigmaTo, like);
            Noise.Add(noise.clone().DetachFromDisposeScope());
            return noise;
        }
    }
}
