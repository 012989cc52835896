using System.Text.Json;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class OriginalSamplersGoldenTests
{
    // Property: every row of every trajectory is that of OpenAI's, CompVis' and ermongroup's own code, and as many
    // draws are made.
    [Fact]
    [Trait("Category", "Golden")]
    public void Trajectories_are_those_of_the_original_repositories() => GoldenCase.CheckAll("diffusion/samplers_original", golden =>
    {
        // guided-diffusion's condition_mean computes the guided mean in float32 whatever the dtype, and the two shifts
        // of CompVis' guidance are stored in float32.
        bool guidedMean = golden.Parameters.TryGetProperty("cond_fn", out var guide) && guide.ValueKind == JsonValueKind.String && golden.Text("kind") == "ddpm";
        SamplerGoldens.Check(golden, (dtype, noise) => Run(golden, dtype, noise), guidedMean || golden.Has("cond_shift"));
        return true;
    });

    private static List<Tensor> Run(GoldenCase golden, ScalarType dtype, INoiseSource noise)
    {
        var p = golden.Parameters;
        string name = golden.Name;
        var x = golden["xs64"].select(0, 0).to_type(dtype).clone();
        var (prepared, schedule, type, variance) = name.StartsWith("openai", StringComparison.Ordinal) ? OpenAi(p)
            : name.StartsWith("compvis", StringComparison.Ordinal) ? CompVis(p, golden.Reference) : Ermon(p);
        var network = ClosedFormDenoiser.OfMixture(golden.Mixture(), t => schedule.AlphaBar[(int)t], type, variance);
        IDenoiser denoiser = golden.Has("cond_shift")
            ? new ShiftedGuidance(network, p.GetProperty("scale").GetDouble(), golden["cond_shift"], golden["uncond_shift"]) : network;

        if (golden.Has("noise") || !golden.HasValue("draws"))
            return SamplerGoldens.Run(prepared, denoiser, x, noise, wholeSteps: true);
        var counted = new CountedNoise();
        var rows = SamplerGoldens.Run(prepared, denoiser, x, counted, wholeSteps: true);
        Assert.Equal(golden.Values.GetProperty("draws").GetInt32(), counted.Drawn);
        return rows;
    }

    private static (PreparedSampler, NoiseSchedule, PredictionType, Func<Tensor, Tensor>?) OpenAi(JsonElement p)
    {
        var schedule = NoiseSchedule.Linear();
        var respacing = p.GetProperty("respacing");
        var kept = respacing.ValueKind == JsonValueKind.Array
            ? Respacing.Sections(schedule.Count, [.. respacing.EnumerateArray().Select(n => n.GetInt32())]) : Respacing.Parse(respacing.GetString()!, schedule.Count);
        var respaced = Respacing.Keep(schedule, kept);
        var limit = p.GetProperty("clip_denoised").GetBoolean() ? new DenoisedLimit() : null;
        Func<Tensor, NoisePoint, Tensor>? gradient = null;
        if (p.GetProperty("cond_fn").GetString() is { } formula)
        {
            double factor = double.Parse(formula.Split('*')[0], System.Globalization.CultureInfo.InvariantCulture);
            gradient = (x, _) => x * factor;
        }
        var variance = p.GetProperty("model_var_type").GetString() switch
        {
            "FIXED_SMALL" => VarianceType.FixedSmall,
            "FIXED_LARGE" => VarianceType.FixedLarge,
            "LEARNED" => VarianceType.Learned,
            _ => VarianceType.LearnedRange,
        };
        var prepared = p.GetProperty("kind").GetString() switch
        {
            "ddpm" => OriginalSamplers.OpenAiDdpm(respaced, variance, limit, gradient),
            "ddim" => OriginalSamplers.OpenAiDdim(respaced, p.GetProperty("eta").GetDouble(), limit, gradient),
            _ => OriginalSamplers.OpenAiDdimReverse(respaced, limit),
        };
        var type = p.GetProperty("model_mean_type").GetString() == "EPSILON" ? PredictionType.Epsilon : PredictionType.Sample;
        return (prepared, schedule, type, variance == VarianceType.LearnedRange ? x => 0.3 * (3 * x).sin() : null);
    }

    private static (PreparedSampler, NoiseSchedule, PredictionType, Func<Tensor, Tensor>?) CompVis(JsonElement p, string reference)
    {
        var schedule = NoiseSchedule.ScaledLinear();
        int steps = p.GetProperty("S").GetInt32();
        var timesteps = p.GetProperty("discretize").GetString() == "quad"
            ? DdimTimesteps.CompVisQuadratic(schedule.Count, steps) : DdimTimesteps.CompVisUniform(schedule.Count, steps);
        bool plms = reference.Contains("PLMS", StringComparison.Ordinal);
        return (plms ? OriginalSamplers.CompVisPlms(schedule, timesteps) : OriginalSamplers.CompVisDdim(schedule, timesteps, p.GetProperty("eta").GetDouble()),
            schedule, PredictionType.Epsilon, null);
    }

    private static (PreparedSampler, NoiseSchedule, PredictionType, Func<Tensor, Tensor>?) Ermon(JsonElement p)
    {
        var schedule = NoiseSchedule.Linear();
        int[] timesteps = [.. p.GetProperty("seq").EnumerateArray().Select(t => t.GetInt32())];
        return (p.GetProperty("kind").GetString() == "ddpm_noisy" ? OriginalSamplers.ErmonDdpmNoisy(schedule, timesteps)
            : OriginalSamplers.ErmonGeneralized(schedule, timesteps, p.GetProperty("eta").GetDouble()), schedule, PredictionType.Epsilon, null);
    }

    /// <summary>eps = e_u + s (e_c - e_u) with the two halves shifted by constants.</summary>
    private sealed class ShiftedGuidance(IDenoiser network, double scale, Tensor conditional, Tensor unconditional) : IDenoiser
    {
        public Prediction Predict(Tensor x, NoisePoint at)
        {
            var shift = (unconditional + scale * (conditional - unconditional)).to_type(x.dtype);
            var epsilon = network.Predict(x, at).Epsilon + shift;
            return new((x - at.Sigma * epsilon) / at.Alpha, epsilon);
        }
    }

    private sealed class CountedNoise : INoiseSource
    {
        public int Drawn { get; private set; }

        public Tensor Next(Tensor like)
        {
            Drawn++;
            return zeros_like(like);
        }
    }
}
