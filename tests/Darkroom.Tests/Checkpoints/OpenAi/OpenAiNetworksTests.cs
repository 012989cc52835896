using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Diffusion;
using Darkroom.Networks;
using Darkroom.Networks.Classifiers;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using Darkroom.Tests.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints.OpenAi;

[Trait("Category", "Golden")]
public class OpenAiNetworksTests
{
    private const double GradientTolerance = 5e-5;

    // Property: UNets, super-resolution UNets and the DDPM network of the papers' own layouts give the reference's outputs, also at fractional timesteps,
    // and its gradients with respect to the input and to every parameter.
    [Fact]
    public void Unets_give_the_references_outputs_and_gradients() => CheckAll("openai/networks", n => !n.IsClassifier, CheckUnet);

    // Property: classifiers of every pool give the reference's logits and the gradient of log p(y | x).
    [Fact]
    public void Classifiers_give_the_references_logits_and_gradients() => CheckAll("openai/classifiers", n => n.IsClassifier, CheckClassifier);

    // Property: DDIM and DDPM with the network in the loop follow ermongroup/ddim.
    [Fact]
    public void Loops_of_the_ddpm_network_follow_the_reference()
    {
        int cases = 0;
        foreach (var golden in GoldenNetwork.All().Where(n => n.IsDdpm))
        {
            using var scope = NewDisposeScope();
            using var network = golden.LoadUnet();
            var tensors = golden.Tensors;
            foreach (var loop in golden.Json.GetProperty("loops").EnumerateArray())
            {
                cases++;
                FollowLoop(network, tensors, loop);
            }
        }
        GoldenReport.Add("openai/ddpm loops", cases, cases);
    }

    // Property: every key of the full-size networks of the READMEs has its place in ours with the shape that it needs, and none of ours is without one.
    [Fact]
    public void Full_size_layouts_fit()
    {
        if (!GoldenData.Exists("openai/layouts.json")) return;
        var failures = new List<string>();
        var models = GoldenData.Json("openai/layouts.json").GetProperty("models").EnumerateArray().ToList();
        foreach (var model in models)
        {
            using var scope = NewDisposeScope();
            string reference = model.GetProperty("reference").GetString()!;
            var script = reference.Contains("create_classifier", StringComparison.Ordinal) ? OpenAiScript.Classifier
                : reference.Contains("sr_create", StringComparison.Ordinal) ? OpenAiScript.SuperResolution
                : reference.Contains("improved-diffusion", StringComparison.Ordinal) ? OpenAiScript.ImprovedDiffusion : OpenAiScript.GuidedDiffusion;
            var config = OpenAiUnetConfig.FromFlags(model.GetProperty("flags").GetString()!, script);
            var stored = model.GetProperty("keys").EnumerateObject().ToDictionary(k => k.Name,
                k => new TensorInfo(k.Name, [.. k.Value.EnumerateArray().Select(d => d.GetInt64())], ScalarType.Float32), StringComparer.Ordinal);
            using Network network = script == OpenAiScript.Classifier
                ? new EncoderUnet(OpenAiNetworks.Classifier(config), ScalarType.Float32, META) : new UNet(config.ToUnet(), ScalarType.Float32, META);
            var ours = new DerivedTensors(new GoldenWeights.ShapesOnly(stored), OpenAiKeys.Map(config).ToDiffusers(new GoldenWeights.ShapesOnly(stored), ""));
            var expected = network.state_dict().ToDictionary(s => s.Key, s => (IReadOnlyList<long>)s.Value.shape, StringComparer.Ordinal);
            foreach (var problem in ModuleLoader.Compare(expected, ours, null).Take(5)) failures.Add($"{model.GetProperty("name").GetString()}: {problem}");
            long parameters = expected.Values.Sum(shape => shape.Aggregate(1L, (a, b) => a * b));
            if (parameters != model.GetProperty("parameters").GetInt64()) failures.Add($"{model.GetProperty("name").GetString()}: {parameters} parameters");
        }
        GoldenReport.Add("openai/layouts", models.Count, models.Count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static void CheckAll(string topic, Func<GoldenNetwork, bool> which, Action<GoldenNetwork> check)
    {
        var failures = new List<string>();
        var networks = GoldenNetwork.All().Where(which).ToList();
        foreach (var golden in networks)
        {
            using var scope = NewDisposeScope();
            try
            {
                check(golden);
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                failures.Add($"{golden.Name}: {problem.Message}");
            }
        }
        if (networks.Count > 0) GoldenReport.Add(topic, networks.Count, networks.Count);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static void CheckUnet(GoldenNetwork golden)
    {
        using var network = golden.LoadUnet();
        var tensors = golden.Tensors;
        var extra = tensors.Has("y") && network.Config.NumClassEmbeds is not null ? new UnetConditioning { ClassLabels = tensors["y"] } : null;
        Tensor Run(Tensor x, Tensor t) => network.Predict(golden.IsSuperResolution ? cat([x, LowResolution.Enlarge(tensors["low_res"], x.shape[^1])], 1) : x, t, null, extra);

        using (no_grad())
        {
            GoldenWeights.AssertClose(Run(tensors["x"], tensors["t"]), tensors["out"], golden.Tolerance, "out");
            if (tensors.Has("out_fractional")) GoldenWeights.AssertClose(Run(tensors["x"], tensors["t_fractional"]), tensors["out_fractional"], golden.Tolerance, "out_fractional");
        }
        var input = tensors["x"].requires_grad_(true);
        (Run(input, tensors["t"]) * tensors["cotangent"]).sum().backward();
        GoldenWeights.AssertClose(input.grad!, tensors["grad_x"], GradientTolerance, "grad_x");
        if (golden.Json.GetProperty("values").TryGetProperty("grad_norm_per_parameter", out var expected)) CheckGradientNorms(golden, network, expected);
    }

    private static void CheckGradientNorms(GoldenNetwork golden, UNet network, JsonElement expected)
    {
        var norms = GoldenWeights.GradientNorms(network, golden.Keys, expected.EnumerateObject().Select(p => p.Name),
            key => [.. golden.Json.GetProperty("weights").GetProperty(key).GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())]);
        double total = Math.Sqrt(expected.EnumerateObject().Sum(p => Math.Pow(p.Value.GetDouble(), 2)));
        foreach (var parameter in expected.EnumerateObject())
        {
            double error = Math.Abs(norms[parameter.Name] - parameter.Value.GetDouble());
            Assert.True(error <= GradientTolerance * total, $"gradient of {parameter.Name}: {norms[parameter.Name]:g6}, reference {parameter.Value.GetDouble():g6}");
        }
    }

    private static void CheckClassifier(GoldenNetwork golden)
    {
        using var network = golden.LoadClassifier();
        var tensors = golden.Tensors;
        using (no_grad())
        {
            GoldenWeights.AssertClose(network.Predict(tensors["x"], tensors["t"]), tensors["out"], golden.Tolerance, "out");
            GoldenWeights.AssertClose(network.Predict(tensors["x"], tensors["t_fractional"]), tensors["out_fractional"], golden.Tolerance, "out_fractional");
        }
        var labels = tensors["y"];
        var (log, gradient) = PixelClassifier.LogProbability(network, tensors["x"], tensors["t"].to(ScalarType.Float32), labels);
        GoldenWeights.AssertClose(log, tensors["log_prob_y"], golden.Tolerance, "log_prob_y");
        GoldenWeights.AssertClose(gradient, tensors["grad_log_prob"], GradientTolerance, "grad_log_prob");
    }

    private static void FollowLoop(UNet network, GoldenTensors tensors, JsonElement loop)
    {
        string name = loop.GetProperty("case").GetString()!;
        int[] sequence = [.. loop.GetProperty("sequence").EnumerateArray().Select(t => t.GetInt32())];
        var schedule = NoiseSchedule.Linear();
        var prepared = loop.GetProperty("reference").GetString()!.Contains("generalized", StringComparison.Ordinal)
            ? OriginalSamplers.ErmonGeneralized(schedule, sequence, loop.GetProperty("eta").GetDouble()) : OriginalSamplers.ErmonDdpmNoisy(schedule, sequence);
        Tensor states = tensors[$"{name}/xs"], denoised = tensors[$"{name}/x0"];
        // Where eta is 0 the reference draws too, but doesn't record what it multiplies by 0.
        INoiseSource noise = tensors.Has($"{name}/noise") ? new RecordedNoise(tensors[$"{name}/noise"]) : new ZeroNoise();
        int step = 0;
        using var guard = no_grad();
        prepared.Sampler.Sample(new EpsilonDenoiser(network), states[0], prepared.Plan, noise, (in SamplerState state) =>
        {
            step++;
            GoldenWeights.AssertClose(state.X, states[step], 1e-4, $"{name}, x after step {step}");
            GoldenWeights.AssertClose(state.Denoised, denoised[step - 1], 1e-4, $"{name}, x0 of step {step}");
            return null;
        });
        Assert.Equal(sequence.Length, step);
    }

    private sealed class EpsilonDenoiser(UNet network) : IDenoiser
    {
        public Prediction Predict(Tensor x, NoisePoint at) =>
            Parameterisation.Predict(PredictionType.Epsilon, network.Predict(x, tensor((float)at.Timestep)), x, at);
    }
}
