using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Guidance;

[Trait("Category", "Golden")]
public class GoldenGuidanceTests
{
    // Property: guidance formulas, averages of weights and loss weights equal diffusers'.
    [Fact]
    public void Formulas_equal_diffusers() => GoldenCase.CheckAll("diffusion/ema_guidance", testCase =>
    {
        Action<GoldenCase>? check = testCase.Name switch
        {
            var n when n.StartsWith("ema_diffusers", StringComparison.Ordinal) => CheckEma,
            var n when n.StartsWith("cfg_zero_star", StringComparison.Ordinal) => CheckZeroStar,
            var n when n.StartsWith("cfg", StringComparison.Ordinal) => CheckClassifierFree,
            var n when n.StartsWith("apg", StringComparison.Ordinal) => CheckProjected,
            var n when n.StartsWith("tcfg", StringComparison.Ordinal) => CheckTangential,
            "pag_adaptive" => CheckAdaptiveScale,
            var n when n.StartsWith("pag", StringComparison.Ordinal) => CheckPerturbed,
            var n when n.StartsWith("interval", StringComparison.Ordinal) => CheckInterval,
            "guidance_scale_embedding" => CheckEmbedding,
            var n when n.StartsWith("snr_", StringComparison.Ordinal) => CheckWeights,
            _ => null,
        };
        check?.Invoke(testCase);
        return check is not null;
    });

    private static IEnumerable<(string Suffix, Tensor Uncond, Tensor Cond)> Inputs(GoldenCase testCase)
    {
        foreach (var (suffix, type) in new[] { ("", ScalarType.Float32), ("64", ScalarType.Float64) })
            if (testCase.Has("out" + suffix)) yield return (suffix, testCase.Shared("uncond").to(type), testCase.Shared("cond").to(type));
    }

    private static void CheckEma(GoldenCase testCase)
    {
        double Decay(long update) => EmaDecay.Diffusers(update, testCase.Number("decay"), testCase.Number("min_decay"), (long)testCase.Number("update_after_step"),
            testCase.Flag("use_ema_warmup"), testCase.Number("inv_gamma"), testCase.Number("power"));
        double[][] at = [.. new[] { "get_decay_at", "get_decay" }.Select(name => testCase.Values.GetProperty(name).EnumerateArray().Select(v => v.GetDouble()).ToArray())];
        for (int i = 0; i < at[0].Length; i++) Assert.Equal(at[1][i], Decay((long)at[0][i]), 1e-13);
        double[] decays = [.. Enumerable.Range(1, (int)testCase["decay"].shape[0]).Select(n => Decay(n))];
        testCase.AssertClose("decay", decays);
        testCase.AssertClose("shadow", Darkroom.Tests.Diffusion.GoldenEmaTests.Shadows(testCase["initial"], testCase["params"], decays));
    }

    private static void CheckClassifierFree(GoldenCase testCase)
    {
        bool original = testCase.Name.StartsWith("cfg_original", StringComparison.Ordinal);
        double scale = testCase.Number("scale") + (original ? 1 : 0), phi = testCase.Number("guidance_rescale");
        foreach (var (suffix, uncond, cond) in Inputs(testCase))
        {
            var guided = ClassifierFreeGuidance.Combine(cat([uncond, cond]), scale);
            testCase.AssertClose("out" + suffix, double.IsNaN(phi) ? guided : ClassifierFreeGuidance.Rescale(guided, cond, phi));
        }
    }

    private static void CheckZeroStar(GoldenCase testCase)
    {
        foreach (var (suffix, uncond, cond) in Inputs(testCase))
            testCase.AssertClose("out" + suffix, ClassifierFreeGuidance.CombineZeroStar(uncond, cond, testCase.Number("scale"), testCase.Number("step") < testCase.Number("zero_init_steps")));
    }

    private static void CheckProjected(GoldenCase testCase)
    {
        double momentum = testCase.Number("momentum");
        using var guidance = new AdaptiveProjectedGuidance
        {
            ParallelWeight = testCase.Number("eta"),
            NormLimit = testCase.Number("norm_threshold"),
            Momentum = double.IsNaN(momentum) ? null : momentum,
            Basis = testCase.Flag("use_original_formulation") ? GuidanceBasis.Conditional : GuidanceBasis.Unconditional,
        };
        double scale = testCase.Number("scale");
        if (!testCase.Has("cond64"))
        {
            foreach (var (suffix, uncond, cond) in Inputs(testCase)) testCase.AssertClose("out" + suffix, guidance.Combine(uncond, cond, scale));
            return;
        }
        var (unconds, conds) = (testCase["uncond64"], testCase["cond64"]);
        testCase.AssertClose("out64", stack([.. Enumerable.Range(0, (int)conds.shape[0]).Select(i => guidance.Combine(unconds[i], conds[i], scale))]));
    }

    private static void CheckTangential(GoldenCase testCase)
    {
        foreach (var (suffix, uncond, cond) in Inputs(testCase)) testCase.AssertClose("out" + suffix, TangentialGuidance.Combine(uncond, cond, testCase.Number("scale")));
    }

    private static void CheckPerturbed(GoldenCase testCase)
    {
        foreach (var (suffix, uncond, cond) in Inputs(testCase))
        {
            testCase.AssertClose("out" + suffix, ClassifierFreeGuidance.CombinePerturbed(uncond, cond, testCase.Shared("perturbed").to(cond.dtype),
                testCase.Number("scale"), testCase.Number("pag_scale")));
        }
    }

    private static void CheckAdaptiveScale(GoldenCase testCase)
    {
        foreach (var row in testCase.Values.GetProperty("rows").EnumerateArray())
        {
            double[] v = [.. row.EnumerateArray().Select(e => e.GetDouble())];
            Assert.Equal(v[3], ClassifierFreeGuidance.PerturbedScale(v[0], v[1], v[2]), 1e-12);
        }
    }

    private static void CheckInterval(GoldenCase testCase)
    {
        int steps = (int)testCase.Number("steps");
        var interval = new GuidanceInterval(testCase.Number("start"), testCase.Number("stop"));
        Assert.Equal(testCase.Values.GetProperty("guided").EnumerateArray().Select(g => g.GetBoolean()),
            Enumerable.Range(0, steps).Select(step => interval.IsGuided(step, steps, testCase.Number("scale"))));
    }

    private static void CheckEmbedding(GoldenCase testCase) => testCase.AssertClose("embedding", GuidanceScaleEmbedding.Of(
        [.. testCase.Parameters.GetProperty("w").EnumerateArray().Select(w => w.GetDouble())], (int)testCase.Number("dim")));

    private static void CheckWeights(GoldenCase testCase)
    {
        var schedule = BetaSchedules.Create(testCase.Text("beta_schedule"), 1000, testCase.Number("beta_start"), testCase.Number("beta_end"));
        int[] at = [.. testCase.Doubles("t").Select(t => (int)t)];
        void Check(string name, double[] weights)
        {
            double[] expected = testCase.Doubles(name);
            for (int i = 0; i < at.Length; i++) Assert.True(Math.Abs(weights[at[i]] / expected[i] - 1) <= (name == "snr" ? 0.002 : 1e-9), $"{name} at {at[i]}: {weights[at[i]]} instead of {expected[i]}");
        }
        Check("snr", LossWeights.SignalToNoise(schedule));
        Check("snr64", LossWeights.SignalToNoise(schedule));
        foreach (double gamma in (double[])[1, 5])
        {
            Check($"min_snr_eps_{gamma:f1}", LossWeights.MinSnr(schedule, PredictionType.Epsilon, gamma));
            Check($"min_snr_x0_{gamma:f1}", LossWeights.MinSnr(schedule, PredictionType.Sample, gamma));
            Check($"min_snr_v_{gamma:f1}", LossWeights.MinSnr(schedule, PredictionType.Velocity, gamma));
        }
        foreach (double gamma in (double[])[1, 0.5]) Check($"p2_k1.0_g{gamma:f1}", LossWeights.P2(schedule, 1, gamma));
    }
}
