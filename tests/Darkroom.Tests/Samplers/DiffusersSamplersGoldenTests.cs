using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class DiffusersSamplersGoldenTests
{
    // Property: every row of every trajectory is diffusers', in float64 and float32, with the stored noise in its
    // order.
    [Fact]
    [Trait("Category", "Golden")]
    public void Trajectories_are_those_of_diffusers() => GoldenCase.CheckAll("diffusion/samplers_diffusers", golden =>
    {
        SamplerGoldens.Check(golden, (dtype, noise) => Run(golden, dtype, noise));
        return true;
    });

    private static List<Tensor> Run(GoldenCase golden, ScalarType dtype, INoiseSource noise)
    {
        var p = golden.Parameters;
        var config = ConfigOf(p);
        var prepared = DiffusersSamplers.Create(config, OptionsOf(p));
        var plan = prepared.Plan;
        if (dtype == ScalarType.Float64 && CutsTimesteps(config)) plan = plan with { Points = [.. plan.Points.Select(at => at with { Timestep = CutTimestep(config, at) })] };

        var unit = golden["x_T"].to_type(dtype);
        var x = unit * plan.InitialNoiseScale;
        if (p.TryGetProperty("begin_index", out var begin) && begin.ValueKind == JsonValueKind.Number)
        {
            plan = plan.From(begin.GetInt32());
            var start = plan.Points[plan.Start];
            x = start.Alpha * golden["x0"].to_type(dtype) + start.Sigma * unit;
        }
        var denoiser = DenoiserOf(p, config, golden.Mixture());
        var rows = SamplerGoldens.Run(prepared with { Plan = plan }, denoiser, x, noise);
        if (denoiser is ClosedFormDenoiser network && ReferenceEquals(plan.Points, prepared.Plan.Points))
        {
            double[] expected = golden.Doubles(golden.Has("timesteps64") ? "timesteps64" : "timesteps");
            double[] actual = [.. network.Evaluated.Select(at => at.Timestep)];
            for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i + plan.Start], actual[i], 2e-3);
        }
        return rows;
    }

    // These schedules cut fractional timesteps off. At sigma_max the fraction is a rounding error, so that the
    // reference's float32 run sees T - 2 and its float64 run T - 1; the plan follows the first, which is the package as
    // published.
    private static bool CutsTimesteps(SchedulerConfig config) => (config.UseExponentialSigmas || config.UseBetaSigmas)
        && config.ClassName is "DPMSolverMultistepScheduler" or "DPMSolverSinglestepScheduler" or "UniPCMultistepScheduler";

    private static double CutTimestep(SchedulerConfig config, NoisePoint at) => at.Sigma == 0 ? at.Timestep
        : Math.Floor(new NoiseLevels(config.CreateSchedule().WithFiniteSigmas()).TimestepAt(at.Sigma / at.Alpha) + 1e-9);

    private static SchedulerConfig ConfigOf(JsonElement p)
    {
        var file = JsonNode.Parse(p.GetProperty("config").GetRawText())!.AsObject();
        file["_class_name"] = p.GetProperty("class").GetString();
        return SchedulerConfig.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    }

    private static SamplerOptions OptionsOf(JsonElement p)
    {
        var step = p.GetProperty("step");
        var set = p.GetProperty("set_timesteps");
        double? Number(JsonElement from, string key) => from.TryGetProperty(key, out var value) ? value.GetDouble() : null;
        return new()
        {
            Steps = p.GetProperty("steps") is { ValueKind: JsonValueKind.Number } steps ? steps.GetInt32() : 1,
            Eta = Number(step, "eta"),
            Order = (int?)Number(step, "order"),
            UseClippedDenoised = step.TryGetProperty("use_clipped_model_output", out var reuse) && reuse.GetBoolean(),
            Churn = Number(step, "s_churn") is { } amount ? new()
            {
                Amount = amount,
                Minimum = Number(step, "s_tmin") ?? 0,
                Maximum = Number(step, "s_tmax") ?? double.PositiveInfinity,
                NoiseScale = Number(step, "s_noise") ?? 1,
            } : null,
            Timesteps = set.TryGetProperty("timesteps", out var timesteps) ? [.. timesteps.EnumerateArray().Select(t => t.GetInt32())] : null,
            Sigmas = set.TryGetProperty("sigmas", out var sigmas) ? [.. sigmas.EnumerateArray().Select(s => s.GetDouble())] : null,
            DistilledSteps = (int?)Number(set, "original_inference_steps"),
        };
    }

    private static IDenoiser DenoiserOf(JsonElement p, SchedulerConfig config, GaussianMixture mixture)
    {
        string kind = p.GetProperty("denoiser").GetString()!;
        if (kind == "edm") return mixture;
        if (config.ClassName == "IPNDMScheduler") return ClosedFormDenoiser.Ratio(PredictionType.Velocity);
        if (kind == "ratio") return ClosedFormDenoiser.Ratio(config.PredictionType);
        var schedule = config.CreateSchedule();
        if (config.ClassName is not ("DDPMScheduler" or "DDIMScheduler" or "DDIMInverseScheduler" or "PNDMScheduler" or "LCMScheduler" or "TCDScheduler"))
            schedule = schedule.WithFiniteSigmas();
        var levels = new NoiseLevels(schedule);
        double AlphaBar(double t)
        {
            if (t == Math.Floor(t)) return schedule.AlphaBar[(int)t];
            double sigma = levels.SigmaAt(t);
            return 1 / (1 + sigma * sigma);
        }
        Func<Tensor, Tensor>? variance = config.ClassName != "DDPMScheduler" ? null : config.VarianceType switch
        {
            "learned" => x => 0.01 * (1 + x.sin().square()),
            "learned_range" => x => 0.3 * (3 * x).sin(),
            _ => null,
        };
        return ClosedFormDenoiser.OfMixture(mixture, AlphaBar, config.PredictionType, variance);
    }
}
