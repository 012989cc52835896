using System.Text.Json;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

[Trait("Category", "Golden")]
public class EdmSamplersGoldenTests
{
    // Property: EDM's sampler and every combination of schedule, scaling, discretisation and solver equal NVlabs/edm at each evaluation, and draw as often.
    [Fact]
    public void Samplers_equal_edm() => GoldenCase.CheckAll("diffusion/edm", golden =>
    {
        foreach (string kind in (string[])["float64", "float32"])
        {
            var options = OptionsOf(golden);
            if (options.Discretisation == EdmDiscretisation.ImprovedDdpm) options = options with { Sigmas = CheckedLevels(golden, options) };
            var prepared = EdmSamplers.Create(options, sigma => Math.Log(sigma) / 4);
            var noise = new RecordedNoise(golden["noise"]);
            var recorder = new RecordingDenoiser(golden.Mixture());
            var x = golden["latents"].to(kind == "float64" ? ScalarType.Float64 : ScalarType.Float32) * prepared.Plan.InitialNoiseScale;
            var result = prepared.Sampler.Sample(recorder, x, prepared.Plan, noise);
            var tolerance = golden.Tolerance.GetProperty(kind);
            Assert.Equal(noise.Available, noise.Drawn);
            Assert.Equal(golden.Values.GetProperty("evaluations").GetInt32(), recorder.Seen.Count);
            golden.AssertCloseTo("sigma_eval64", tensor([.. prepared.Plan.Points.SkipLast(1).Select(at => at.Ratio)], ScalarType.Float64), tolerance);
            // The reference shows the network x / s.
            golden.AssertCloseTo("x_eval64", stack([.. recorder.Seen.Select((seen, i) => seen / prepared.Plan.Points[i].Alpha)]), tolerance);
            golden.AssertCloseTo("out64", result, tolerance);
        }
        return true;
    }, only: name => name.StartsWith("edm_", StringComparison.Ordinal) || name.StartsWith("ablation_", StringComparison.Ordinal));

    // The reference computes abar_j of these levels in float32, in its float64 run too: an error of 2^-23 in each ratio of neighbours adds up to (M - j) 2^-23 (u^2 + 1)
    // in u_j^2. The levels are held to that, and then the reference's own are taken, so that the sampler itself is held to the case's tolerance.
    private static double[] CheckedLevels(GoldenCase golden, EdmSamplerOptions options)
    {
        double[] evaluated = golden.Doubles("sigma_eval64"), expected = [.. evaluated.Where((_, i) => !options.Heun || i % 2 == 0)];
        double[] levels = [.. EdmSamplers.Create(options, sigma => sigma).Plan.Points.SkipLast(1).Where((_, i) => !options.Heun || i % 2 == 0).Select(at => at.Ratio)];
        Assert.Equal(expected.Length, levels.Length);
        Assert.All(expected.Zip(levels), pair => Assert.Equal(pair.First, pair.Second, 1000 * Math.Pow(2, -23) * (pair.First * pair.First + 1) / pair.First));
        return expected;
    }

    private static EdmSamplerOptions OptionsOf(GoldenCase golden)
    {
        string Text(string name) => golden.Parameters.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return new()
        {
            Steps = (int)golden.Number("num_steps"),
            SigmaMin = golden.Number("sigma_min", 0.002),
            SigmaMax = golden.Number("sigma_max", 80),
            Rho = golden.Number("rho", 7),
            SecondEvaluation = golden.Number("alpha", 1),
            Heun = Text("solver") != "euler",
            Discretisation = Text("discretization") switch
            {
                "vp" => EdmDiscretisation.VariancePreserving,
                "ve" => EdmDiscretisation.VarianceExploding,
                "iddpm" => EdmDiscretisation.ImprovedDdpm,
                _ => EdmDiscretisation.Edm,
            },
            Schedule = Text("schedule") switch
            {
                "vp" => EdmNoiseSchedule.VariancePreserving,
                "ve" => EdmNoiseSchedule.VarianceExploding,
                _ => EdmNoiseSchedule.Linear,
            },
            Scaling = Text("scaling") == "vp" ? EdmScaling.VariancePreserving : EdmScaling.None,
            Churn = golden.Number("S_churn", 0) > 0 ? new()
            {
                Amount = golden.Number("S_churn"),
                Minimum = golden.Number("S_min", 0),
                Maximum = golden.Number("S_max", double.PositiveInfinity),
                NoiseScale = golden.Number("S_noise", 1),
            } : null,
        };
    }
}
