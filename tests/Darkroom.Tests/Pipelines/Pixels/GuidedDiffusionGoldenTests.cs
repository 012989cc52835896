using System.Text.Json;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Diffusion;
using Darkroom.Pipelines.Pixels;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Checkpoints.OpenAi;
using Darkroom.Tests.Golden;
using Darkroom.Tests.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines.Pixels;

[Trait("Category", "Golden")]
public class GuidedDiffusionGoldenTests
{
    // Property: p_sample and ddim_sample with a real learned-range network, classifier guidance in both forms, classifier-free guidance, clipping, respacing
    // and rescaled timesteps follow guided-diffusion step by step, in x and in the x_0 hat of each step.
    [Fact]
    public void Loops_follow_guided_diffusion()
    {
        if (!GoldenData.Exists("openai/loops.json")) return;
        using var scope = NewDisposeScope();
        var json = GoldenData.Json("openai/loops.json");
        var networks = json.GetProperty("networks");
        var unetJson = networks.GetProperty("unet");
        using var unet = GoldenWeights.Open(unetJson.GetProperty("files"),
            weights => OpenAiNetworks.LoadUnet(weights, OpenAiUnetConfig.FromJson(unetJson.GetProperty("config"))));
        var classifierJson = networks.GetProperty("classifier");
        using var classifier = new PixelClassifier(GoldenWeights.Open(classifierJson.GetProperty("files"),
            weights => OpenAiNetworks.LoadClassifier(weights, OpenAiUnetConfig.FromJson(classifierJson.GetProperty("config")))), []);
        var tensors = GoldenData.Tensors($"openai/{json.GetProperty("files")[0].GetString()}");
        double tolerance = json.GetProperty("tolerance").GetProperty("relative_l2_by_row").GetDouble();

        var failures = new List<string>();
        var cases = json.GetProperty("cases").EnumerateArray().ToList();
        foreach (var testCase in cases)
        {
            using var caseScope = NewDisposeScope();
            try
            {
                Follow(testCase, unet, classifier, tensors, tolerance);
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                failures.Add($"{testCase.GetProperty("case").GetString()}: {problem.Message}");
            }
        }
        GoldenReport.Add("openai/loops", cases.Count, cases.Count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static void Follow(JsonElement testCase, Darkroom.Networks.Unet.UNet unet, PixelClassifier classifier, GoldenTensors tensors, double tolerance)
    {
        string name = testCase.GetProperty("case").GetString()!;
        var p = testCase.GetProperty("params");
        double? Number(string key) => p.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
        var process = new DiscretePixelProcess(Scheduler(p), channels: 3, unet.Config.OutChannels);
        var request = new PixelRequest
        {
            Sampler = p.GetProperty("loop").GetString()!,
            Respacing = p.GetProperty("respacing").GetString() is { Length: > 0 } respacing ? respacing : p.GetProperty("steps").GetInt32().ToString(System.Globalization.CultureInfo.InvariantCulture),
            Eta = Number("eta"),
            Clip = p.GetProperty("clip_denoised").GetBoolean(),
        };
        Tensor states = tensors[$"{name}/xs"], denoised = tensors[$"{name}/pred_xstart"], labels = tensors[$"{name}/y"];
        Func<Tensor, NoisePoint, Tensor>? gradient = Number("classifier_scale") is { } scale
            ? (x, at) => scale * classifier.Gradient(x, process.TimeAt(at), labels) : null;
        var prepared = process.Prepare(request, gradient, out bool tookGradient);
        Assert.True(tookGradient);
        long nullClass = unet.Config.NumClassEmbeds!.Value - 1;
        var condition = new PixelConditioning
        {
            Labels = labels,
            NullLabels = Number("classifier_free_scale") is null ? null : full_like(labels, nullClass),
            Guidance = Number("classifier_free_scale") ?? 1,
        };
        // With eta 0 noise is drawn and not used, and not recorded either.
        var recorded = tensors.Has($"{name}/noise") ? new RecordedNoise(tensors[$"{name}/noise"]) : null;
        Assert.True(recorded is not null || request is { Sampler: "ddim", Eta: null or 0 });
        int step = 0;
        using var guard = no_grad();
        prepared.Sampler.Sample(new PixelDenoiser(unet, process, condition), states[0], prepared.Plan, recorded ?? (INoiseSource)new ZeroNoise(), (in SamplerState state) =>
        {
            step++;
            GoldenWeights.AssertClose(state.X, states[step], tolerance, $"x after step {step}");
            GoldenWeights.AssertClose(state.Denoised, denoised[step - 1], tolerance, $"x0 of step {step}");
            return null;
        });
        Assert.Equal(states.shape[0] - 1, step);
        Assert.Equal(recorded?.Available, recorded?.Drawn);
        double[] map = [.. testCase.GetProperty("values").GetProperty("timestep_map").EnumerateArray().Select(t => t.GetDouble())];
        Assert.Equal(map.Reverse(), prepared.Plan.Points.Take(map.Length).Select(point => point.Timestep));
    }

    private static SchedulerConfig Scheduler(JsonElement p)
    {
        int steps = p.GetProperty("steps").GetInt32();
        bool learns = p.GetProperty("learn_sigma").GetBoolean();
        string flags = $"--diffusion_steps {steps} --noise_schedule {p.GetProperty("schedule").GetString()} --learn_sigma {learns} --rescale_timesteps {p.GetProperty("rescale_timesteps").GetBoolean()}";
        return SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(OpenAiFlags.Scheduler(flags).ToJsonString()));
    }
}
