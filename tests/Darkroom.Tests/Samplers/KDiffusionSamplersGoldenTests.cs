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

    private static readonly string[] Others = ["ancestral_step", "brownian_tree", "denoise_", "discrete_schedule", "sigmas_", "v_denoiser"];

    // Property: every row of every trajectory is k-diffusion's, in float64 and float32, with the stored noise in its
    // order.
    [Fact]
    [Trait("Category", "Golden")]
    public void Trajectories_are_those_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        SamplerGoldens.Check(golden, (dtype, noise) => Run(golden, dtype, noise));
        return true;
    }, only: name => !Others.Any(other => name.StartsWith(other, StringComparison.Ordinal)));

    // Property: the split of an ancestral step is k-diffusion's get_ancestral_step, for any eta.
    [Fact]
    [Trait("Category", "Golden")]
    public void Ancestral_split_is_that_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        foreach (var row in golden.Values.GetProperty("rows").EnumerateArray())
        {
            double[] r = [.. row.EnumerateArray().Select(v => v.GetDouble())];
            var split = AncestralSplit.Of(r[0], r[1], r[2]);
            Assert.Equal(r[3], split.Down, 1e-10);
            Assert.Equal(r[4], split.Up, 1e-10);
        }
        return true;
    }, only: name => name.StartsWith("ancestral_step", StringComparison.Ordinal));

    // Property: noise levels and timesteps of a model are those of k-diffusion's DiscreteSchedule, and its get_sigmas
    // the normal schedule.
    [Fact]
    [Trait("Category", "Golden")]
    public void Noise_levels_are_those_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        golden.AssertClose("t_to_sigma", [.. golden.Doubles("t").Select(StableDiffusion.SigmaAt)]);
        golden.AssertClose("sigma_to_t", [.. golden.Doubles("sigma").Select(StableDiffusion.TimestepAt)]);
        golden.AssertClose("sigma_to_t_quantized", [.. golden.Doubles("sigma").Select(sigma => (double)StableDiffusion.NearestTimestep(sigma))]);
        golden.AssertClose("get_sigmas_all", [.. StableDiffusion.Sigmas.ToArray().Reverse(), 0]);
        golden.AssertClose("get_sigmas_n", Normal((int)golden["get_sigmas_n"].shape[0] - 1));
        golden.AssertClose("sigmas64", StableDiffusion.Sigmas.ToArray());
        return true;
    }, only: name => name.StartsWith("discrete_schedule", StringComparison.Ordinal));

    // Property: the lists of noise levels are those of k-diffusion's get_sigmas functions.
    [Fact]
    [Trait("Category", "Golden")]
    public void Sigma_lists_are_those_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        int steps = (int)golden.Number("n");
        string schedule = golden.Text("schedule");
        if (schedule == "default")
        {
            golden.AssertClose("sigmas", Normal(steps));
            return true;
        }
        // The VP list has ends of its own, the smaller of which float32 hardly knows, because of exp(x) - 1.
        bool ownEnds = schedule == "vp";
        double[] expected = golden.Doubles("sigmas");
        golden.AssertClose("sigmas", SigmaSchedules.Get(schedule).Sigmas(new()
        {
            Levels = StableDiffusion,
            Steps = steps,
            SigmaMin = ownEnds ? expected[^2] : golden.Number("sigma_min"),
            SigmaMax = ownEnds ? expected[0] : golden.Number("sigma_max"),
            Rho = ownEnds ? null : golden.Number("rho"),
        }));
        return true;
    }, only: name => name.StartsWith("sigmas_", StringComparison.Ordinal));

    // Property: a network's output means the same x_0 as in k-diffusion's wrappers, at every noise level.
    [Fact]
    [Trait("Category", "Golden")]
    public void Denoised_pictures_are_those_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        var denoiser = DenoiserOf(golden);
        var timestepOf = TimestepOf(golden);
        double[] sigmas = golden.Doubles("sigma");
        var rows = sigmas.Select((sigma, row) => denoiser.Predict(golden["x"].narrow(0, row, 1), NoisePoint.VarianceExploding(timestepOf(sigma), sigma)).Denoised);
        golden.AssertClose("denoised", cat([.. rows], 0));
        return true;
    }, only: name => name.StartsWith("denoise_", StringComparison.Ordinal));

    // Property: the scalings of a v network are those of k-diffusion's VDenoiser.
    [Fact]
    [Trait("Category", "Golden")]
    public void Scalings_of_v_are_those_of_kdiffusion() => GoldenCase.CheckAll(Topic, golden =>
    {
        NoisePoint[] points = [.. golden.Doubles("sigma").Select(sigma => NoisePoint.VarianceExploding(0, sigma))];
        golden.AssertClose("c_skip", [.. points.Select(at => Parameterisation.DenoisedWeights(PredictionType.Velocity, at.Alpha, at.Sigma).X)]);
        golden.AssertClose("c_out", [.. points.Select(at => Parameterisation.DenoisedWeights(PredictionType.Velocity, at.Alpha, at.Sigma).Output)]);
        golden.AssertClose("c_in", [.. points.Select(at => at.ScaleTo(at.ToVariancePreserving()))]);
        golden.AssertClose("t", [.. points.Select(DiffusersPlans.AngularTimestep)]);
        return true;
    }, only: name => name.StartsWith("v_denoiser", StringComparison.Ordinal));

    private static double[] Normal(int steps) => SigmaSchedules.Get("normal").Sigmas(new() { Levels = StableDiffusion, Steps = steps });

    private static Func<double, double> TimestepOf(GoldenCase golden) =>
        golden.Text("denoiser") == "sd_eps_quant" ? sigma => StableDiffusion.NearestTimestep(sigma) : StableDiffusion.TimestepAt;

    private static IDenoiser DenoiserOf(GoldenCase golden) => golden.Text("denoiser") switch
    {
        "sd_eps" or "sd_eps_quant" => OfNetwork(golden.Mixture(), PredictionType.Epsilon),
        "sd_v" => OfNetwork(golden.Mixture(), PredictionType.Velocity),
        _ => golden.Mixture(),
    };

    private static List<Tensor> Run(GoldenCase golden, ScalarType dtype, INoiseSource noise)
    {
        var p = golden.Parameters;
        string function = p.GetProperty("function").GetString()!["sample_".Length..];
        double[] sigmas = golden.Has("sigmas") ? golden.Doubles("sigmas")
            : [p.GetProperty("sigma_max").GetDouble(), p.GetProperty("sigma_min").GetDouble()];
        var prepared = KDiffusionSamplers.Create(function, sigmas, TimestepOf(golden), OptionsOf(p));
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
        var x = golden["x_T"].to_type(dtype) * prepared.Plan.InitialNoiseScale;
        var denoiser = new RecordingDenoiser(DenoiserOf(golden));
        var rows = SamplerGoldens.Run(prepared, denoiser, x, noise, wholeSteps: true);
        // The reference's rows are x as the step evaluates it, after churn.
        if (args.TryGetProperty("s_churn", out _)) rows = [.. denoiser.Seen.Where((_, i) => i % prepared.Plan.Order == 0), rows[^1]];
        // The reference calls back after a try here, before a step elsewhere.
        if (function == "dpm_adaptive") rows = [.. rows.Skip(1), rows[^1]];
        return rows;
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
