using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Schedules;
using Darkroom.Tests.Checkpoints.OpenAi;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class ImprovedDiffusionGoldenTests
{
    private const double BoundTolerance = 1e-4;
    private const double GradientTolerance = 3e-4;

    // Property: bits per dimension, every loss of training_losses and their gradients with a real network are those of improved-diffusion; also the whole
    // gradient of L_hybrid, where its file is there.
    [Fact]
    public void Bounds_losses_and_gradients_are_the_references()
    {
        if (!GoldenData.Exists("openai/losses.json")) return;
        using var scope = NewDisposeScope();
        var json = GoldenData.Json("openai/losses.json");
        var config = OpenAiUnetConfig.FromJson(json.GetProperty("network").GetProperty("config"));
        using var network = GoldenWeights.Open(json.GetProperty("network").GetProperty("files"), weights => OpenAiNetworks.LoadUnet(weights, config));
        var tensors = GoldenData.Tensors($"openai/{json.GetProperty("files")[0].GetString()}");
        double tolerance = json.GetProperty("tolerance").GetProperty("relative_l2").GetDouble();
        var failures = new List<string>();
        var cases = json.GetProperty("cases").EnumerateArray().ToList();
        foreach (var testCase in cases)
        {
            using var caseScope = NewDisposeScope();
            try
            {
                var check = new Check(testCase, network, OpenAiKeys.Map(config), tensors, tolerance);
                if (testCase.GetProperty("params").TryGetProperty("loss_type", out _)) check.Loss();
                else check.Bound();
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                failures.Add($"{testCase.GetProperty("case").GetString()}: {problem.Message}");
            }
        }
        GoldenReport.Add("openai/losses", cases.Count, cases.Count);
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count}:\n{string.Join('\n', failures)}");
    }

    private sealed class Check
    {
        private readonly JsonElement _case;
        private readonly UNet _network;
        private readonly KeyMap _keys;
        private readonly GoldenTensors _tensors;
        private readonly double _tolerance;
        private readonly string _name;
        private readonly RespacedSchedule _respaced;
        private readonly ReverseProcess _process;
        private readonly Tensor _x0;

        public Check(JsonElement testCase, UNet network, KeyMap keys, GoldenTensors tensors, double tolerance)
        {
            (_case, _network, _keys, _tensors, _tolerance) = (testCase, network, keys, tensors, tolerance);
            _name = testCase.GetProperty("case").GetString()!;
            var p = testCase.GetProperty("params");
            int steps = p.GetProperty("steps").GetInt32();
            string schedule = p.GetProperty("schedule").GetString()!;
            string respacing = p.GetProperty("respacing").GetString() is { Length: > 0 } given ? given : steps.ToString(System.Globalization.CultureInfo.InvariantCulture);
            _respaced = Respacing.Keep(BetaSchedules.Create(schedule == "linear" ? "linear_rescaled" : schedule, steps), Respacing.Parse(respacing, steps));
            var prediction = p.GetProperty("mean_type").GetString() switch
            {
                "EPSILON" => PredictionType.Epsilon,
                "START_X" => PredictionType.Sample,
                "PREVIOUS_X" => PredictionType.PreviousMean,
                var other => throw new InvalidDataException(other),
            };
            var variance = p.GetProperty("var_type").GetString() switch
            {
                "FIXED_SMALL" => VarianceType.FixedSmall,
                "FIXED_LARGE" => VarianceType.FixedLarge,
                "LEARNED" => VarianceType.Learned,
                "LEARNED_RANGE" => VarianceType.LearnedRange,
                var other => throw new InvalidDataException(other),
            };
            _process = new ReverseProcess(new ForwardProcess(_respaced.Schedule), prediction, variance);
            _x0 = tensors["shared/x_start"];
        }

        public void Bound()
        {
            bool clip = _case.GetProperty("params").GetProperty("clip_denoised").GetBoolean();
            Tensor noise = _tensors[$"{_name}/noise"];
            int drawn = 0;
            var result = BitsPerDimension.Evaluate(_process, (x, t) => Output(x, tensor((float)_respaced.Timesteps[t])), _x0, () => noise[drawn++], clip);
            Assert.Equal(noise.shape[0], drawn);
            AssertClose("total_bpd", result.Total, BoundTolerance);
            AssertClose("prior_bpd", result.Prior, _tolerance);
            AssertClose("vb", result.Terms, BoundTolerance);
            AssertClose("xstart_mse", result.DenoisedError, _tolerance);
            AssertClose("mse", result.EpsilonError, _tolerance);
        }

        public void Loss()
        {
            string type = _case.GetProperty("params").GetProperty("loss_type").GetString()!;
            var kind = (type, _process.LearnsVariance) switch
            {
                ("KL", _) => ObjectiveKind.VariationalBound,
                ("RESCALED_KL", _) => ObjectiveKind.ScaledVariationalBound,
                ("RESCALED_MSE", true) => ObjectiveKind.Hybrid,
                _ => ObjectiveKind.MeanSquaredError,
            };
            var objective = new TrainingObjective { Process = _process, Kind = kind };
            Tensor t = _tensors[$"{_name}/t"], noise = _tensors[$"{_name}/noise"];
            var xt = _process.Forward.AddNoise(_x0, noise, t);
            var mapped = tensor(_respaced.Timesteps.Select(i => (long)i).ToArray()).index_select(0, t);
            foreach (var (_, parameter) in _network.named_parameters()) parameter.grad = null;
            var losses = objective.Losses(Output(xt, mapped), _x0, noise, xt, t);
            losses.Loss.mean().backward();
            AssertClose("loss", losses.Loss, losses.Bound is null && losses.Error is not null ? _tolerance : BoundTolerance);
            if (losses.Error is not null) AssertClose("mse", losses.Error, _tolerance);
            if (losses.Bound is not null) AssertClose("vb", losses.Bound, BoundTolerance);
            CheckGradients();
        }

        private Tensor Output(Tensor x, Tensor time)
        {
            var output = _network.Predict(x, time);
            return _process.LearnsVariance ? output : output.narrow(1, 0, x.shape[1]);
        }

        private void CheckGradients()
        {
            var values = _case.GetProperty("values");
            double total = values.GetProperty("grad_norm_total").GetDouble();
            var expected = values.GetProperty("grad_norm_per_parameter").EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetDouble(), StringComparer.Ordinal);
            var shapes = _keys.ToOriginal(new MemoryTensorSource(_network.state_dict()), "").ToDictionary(d => d.Info.Name, d => d.Info.Shape, StringComparer.Ordinal);
            var norms = GoldenWeights.GradientNorms(_network, _keys, expected.Keys, key => shapes[key]);
            foreach (var (key, norm) in expected)
                Assert.True(Math.Abs(norms[key] - norm) <= GradientTolerance * total, $"gradient of {key}: {norms[key]:g6}, reference {norm:g6}, total {total:g6}");
            if (values.TryGetProperty("full_gradient_files", out var files)) CheckWholeGradient(files, total);
        }

        private void CheckWholeGradient(JsonElement files, double total)
        {
            bool there = files.EnumerateArray().All(f => GoldenData.Exists($"openai/{f.GetString()}"));
            GoldenReport.Add("openai/losses_hybrid_gradient", 1, there ? 1 : 0);
            if (!there) return;
            GoldenWeights.Open(files, source =>
            {
                var reference = new DerivedTensors(source, _keys.ToDiffusers(source, ""));
                foreach (var (name, parameter) in _network.named_parameters())
                {
                    using var difference = parameter.grad! - reference.Read(name);
                    double error = difference.norm().item<float>();
                    Assert.True(error <= GradientTolerance * total, $"whole gradient of {name} differs by {error:g3}, total {total:g3}");
                }
                return true;
            });
        }

        private void AssertClose(string what, Tensor actual, double tolerance)
        {
            if (_tensors.Has($"{_name}/{what}")) GoldenWeights.AssertClose(actual.detach(), _tensors[$"{_name}/{what}"], tolerance, what);
        }
    }
}
