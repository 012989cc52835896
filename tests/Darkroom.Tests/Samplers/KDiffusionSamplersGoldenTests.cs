using System.Text.Json;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class KDiffusionSamplersGoldenTests
{
    private const string Topic = "diffusion/samplers_kdiffusion";

    private static readonly NoiseLevels StableDiffusion = new(NoiseSchedule.ScaledLinear());

    // Property: every row of every trajectory is k-diffusion's, in float64 and float32, with the stored noise in its order.
    [Fact]
    [Trait("Category", "Golden")]
    public void Trajectories_are_those_of_kdiffusion()
    {
        var cases = GoldenData.Cases(Topic).Where(c => c.GetProperty("params").TryGetProperty("function", out _)).ToList();
        if (cases.Count == 0) return;
        var tensors = GoldenData.Tensors(Topic + ".safetensors");
        var mixture = new GaussianMixture(tensors);
        var problems = new List<string>();
        int verified = 0;
        foreach (var golden in cases)
        {
            var differences = SamplerGoldens.Compare(golden, tensors, (dtype, noise) => Run(golden, tensors, mixture, dtype, noise)).ToList();
            problems.AddRange(differences);
            verified += differences.Count == 0 ? 1 : 0;
        }
        GoldenReport.Add(Topic, cases.Count, verified);
        Assert.True(problems.Count == 0, $"{problems.Count} differences:\n{string.Join('\n', problems)}");
    }

    // Property: the split of an ancestral step is k-diffusion's get_ancestral_step, for any eta.
    [Fact]
    [Trait("Category", "Golden")]
    public void Ancestral_split_is_that_of_kdiffusion()
    {
        var cases = GoldenData.Cases(Topic).Where(c => c.GetProperty("case").GetString() == "ancestral_step").ToList();
        foreach (var row in cases.SelectMany(c => c.GetProperty("values").GetProperty("rows").EnumerateArray()))
        {
            double[] r = [.. row.EnumerateArray().Select(v => v.GetDouble())];
            var split = AncestralSplit.Of(r[0], r[1], r[2]);
            Assert.Equal(r[3], split.Down, 1e-10);
            Assert.Equal(r[4], split.Up, 1e-10);
        }
        GoldenReport.Add(Topic, cases.Count, cases.Count);
    }

    private static List<Tensor> Run(JsonElement golden, GoldenTensors tensors, GaussianMixture mixture, ScalarType dtype, INoiseSource noise)
    {
        string name = golden.GetProperty("case").GetString()!;
        var p = golden.GetProperty("params");
        string function = p.GetProperty("function").GetString()!["sample_".Length..];
        double[] sigmas = tensors.Has(name + "/sigmas") ? tensors.Doubles(name + "/sigmas")
            : [p.GetProperty("sigma_max").GetDouble(), p.GetProperty("sigma_min").GetDouble()];
        bool quantised = p.GetProperty("denoiser").GetString() == "sd_eps_quant";
        Func<double, double> timestepOf = quantised ? sigma => StableDiffusion.NearestTimestep(sigma) : StableDiffusion.TimestepAt;
        var prepared = KDiffusionSamplers.Create(function, sigmas, timestepOf, OptionsOf(p));
        var args = p.GetProperty("args");
        if (function == "dpm_adaptive")
        {
            double Number(string key, double fallback) => args.TryGetProperty(key, out var value) ? value.GetDouble() : fallback;
            prepared = prepared with
            {
                Sampler = new DpmAdaptiveSampler
                {
                    TimestepOf = StableDiffusion.TimestepAt,
                    Order = (int)Number("order", 3),
                    RelativeTolerance = Number("rtol", 0.05),
                    Eta = Number("eta", 0),
                    Proportional = Number("pcoeff", 0),
                    Integral = Number("icoeff", 1),
                    Derivative = Number("dcoeff", 0),
                },
            };
        }
        IDenoiser model = p.GetProperty("denoiser").GetString() switch
        {
            "sd_eps" or "sd_eps_quant" => OfNetwork(mixture, PredictionType.Epsilon),
            "sd_v" => OfNetwork(mixture, PredictionType.Velocity),
            _ => ClosedFormDenoiser.Exact(mixture),
        };
        var x = tensors[name + "/x_T"].to_type(dtype) * prepared.Plan.InitialNoiseScale;
        var denoiser = new RecordingDenoiser(model);
        var rows = SamplerGoldens.Run(prepared, denoiser, x, noise, wholeSteps: true);
        // The reference's rows are x as the step evaluates it, after churn.
        if (args.TryGetProperty("s_churn", out _)) rows = [.. denoiser.Seen.Where((_, i) => i % prepared.Plan.Order == 0), rows[^1]];
        // The reference calls back after a try here, before a step elsewhere.
        if (function == "dpm_adaptive") rows = [.. rows.Skip(1), rows[^1]];
        return rows;
    }

    private sealed class RecordingDenoiser(IDenoiser inner) : IDenoiser
    {
        public List<Tensor> Seen { get; } = [];

        public Prediction Predict(Tensor x, NoisePoint at)
        {
            Seen.Add(x.clone().DetachFromDisposeScope());
            return inner.Predict(x, at);
        }
    }

    private static ClosedFormDenoiser OfNetwork(GaussianMixture mixture, PredictionType type) => ClosedFormDenoiser.OfMixture(mixture, timestep =>
    {
        double sigma = StableDiffusion.SigmaAt(timestep);
        return 1 / (1 + sigma * sigma);
    }, type);

    private static SamplerOptions OptionsOf(JsonElement p)
    {
        var args = p.GetProperty("args");
        double? Number(string key) => args.TryGetProperty(key, out var value) ? value.GetDouble() : null;
        return new()
        {
            Steps = Math.Max(p.GetProperty("n").GetInt32(), 1),
            Eta = Number("eta"),
            NoiseScale = Number("s_churn") is null ? Number("s_noise") : null,
            Order = (int?)Number("order"),
            MidpointRatio = Number("r"),
            SecondOrder = args.TryGetProperty("solver_type", out var type)
                ? type.GetString() == "heun" ? SecondOrderTerm.Heun : SecondOrderTerm.Midpoint : null,
            Churn = Number("s_churn") is { } amount ? new()
            {
                Amount = amount,
                Minimum = Number("s_tmin") ?? 0,
                Maximum = Number("s_tmax") ?? double.PositiveInfinity,
                NoiseScale = Number("s_noise") ?? 1,
            } : null,
        };
    }
}
