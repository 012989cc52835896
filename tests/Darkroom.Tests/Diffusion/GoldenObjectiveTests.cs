using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenObjectiveTests
{
    private static readonly (string Suffix, ScalarType Type)[] Precisions = [("", ScalarType.Float32), ("64", ScalarType.Float64)];

    // Property: forward process, reverse process, losses with their gradients, bounds and importance sampling equal improved-diffusion's.
    [Fact]
    public void Objectives_equal_improved_diffusion() => GoldenCase.CheckAll("diffusion/objectives", testCase =>
    {
        Action<GoldenCase>? check = testCase.Name switch
        {
            var n when n.StartsWith("q_", StringComparison.Ordinal) => CheckForward,
            var n when n.StartsWith("p_", StringComparison.Ordinal) => CheckReverse,
            var n when n.StartsWith("loss_", StringComparison.Ordinal) => CheckLoss,
            var n when n.StartsWith("bpd_", StringComparison.Ordinal) => CheckBitsPerDimension,
            var n when n.StartsWith("classifier_", StringComparison.Ordinal) => CheckClassifier,
            "discretized_gaussian" => CheckDiscretized,
            "normal_kl" => CheckDivergence,
            "second_moment_resampler" => CheckResampler,
            _ => null,
        };
        check?.Invoke(testCase);
        return check is not null;
    });

    private static ForwardProcess Forward(string schedule, int count = 1000) =>
        new(BetaSchedules.Create(schedule == "linear" ? "linear_rescaled" : schedule, count));

    private static ReverseProcess Reverse(GoldenCase testCase) => new(Forward("linear"),
        testCase.Parameters.TryGetProperty("model_mean_type", out var type) ? type.GetString() switch
        {
            "EPSILON" => PredictionType.Epsilon,
            "START_X" => PredictionType.Sample,
            _ => PredictionType.PreviousMean,
        }
        : PredictionType.Epsilon,
        testCase.Text("model_var_type") switch
        {
            "FIXED_SMALL" => VarianceType.FixedSmall,
            "FIXED_LARGE" => VarianceType.FixedLarge,
            "LEARNED" => VarianceType.Learned,
            _ => VarianceType.LearnedRange,
        });

    private static void CheckForward(GoldenCase testCase)
    {
        var process = Forward(testCase.Text("schedule"), (int)testCase.Number("T"));
        foreach (var (suffix, type) in Precisions)
        {
            Tensor x0 = testCase.Shared("x_start").to(type), noise = testCase.Shared("noise").to(type), t = testCase.Shared("t");
            var marginal = process.Marginal(x0, t);
            testCase.AssertClose("q_mean" + suffix, marginal.Mean);
            testCase.AssertClose("q_variance" + suffix, marginal.Variance);
            testCase.AssertClose("q_log_variance" + suffix, marginal.LogVariance);
            var xt = process.AddNoise(x0, noise, t);
            testCase.AssertClose("x_t" + suffix, xt);
            var posterior = process.PosteriorOf(x0, xt, t);
            testCase.AssertClose("posterior_mean" + suffix, posterior.Mean);
            testCase.AssertClose("posterior_variance" + suffix, posterior.Variance);
            testCase.AssertClose("posterior_log_variance_clipped" + suffix, posterior.LogVariance);
            testCase.AssertClose("xstart_from_eps" + suffix, Parameterisation.Denoised(PredictionType.Epsilon, noise, xt, process, t));
            testCase.AssertClose("eps_from_xstart" + suffix, Parameterisation.Epsilon(PredictionType.Sample, x0, xt, process, t));
            testCase.AssertClose("xstart_from_xprev" + suffix, Parameterisation.Denoised(PredictionType.PreviousMean, posterior.Mean, xt, process, t));
            testCase.AssertClose("prior_bpd" + suffix, VariationalBound.Prior(process, x0));
        }
    }

    private static (Tensor Output, Tensor X0, Tensor Noise, Tensor Xt, Tensor T) Inputs(GoldenCase testCase, ReverseProcess process, ScalarType type)
    {
        Tensor x0 = testCase.Shared("x_start").to(type), noise = testCase.Shared("noise").to(type), t = testCase.Shared("t");
        var output = testCase.Shared("model_output").to(type);
        if (process.LearnsVariance) output = cat([output, testCase.Shared("var_output").to(type)], 1);
        return (output, x0, noise, process.Forward.AddNoise(x0, noise, t), t);
    }

    private static void CheckReverse(GoldenCase testCase)
    {
        var process = Reverse(testCase);
        foreach (var (suffix, type) in Precisions)
        {
            var (output, _, _, xt, t) = Inputs(testCase, process, type);
            var step = process.Step(output, xt, t, testCase.Flag("clip_denoised"));
            testCase.AssertClose("mean" + suffix, step.Mean);
            testCase.AssertClose("variance" + suffix, step.Variance);
            testCase.AssertClose("log_variance" + suffix, step.LogVariance);
            testCase.AssertClose("pred_xstart" + suffix, step.Denoised);
        }
    }

    private static void CheckLoss(GoldenCase testCase)
    {
        var objective = new TrainingObjective
        {
            Process = Reverse(testCase),
            Kind = testCase.Text("loss_type") switch
            {
                "MSE" => ObjectiveKind.MeanSquaredError,
                "RESCALED_MSE" => ObjectiveKind.Hybrid,
                "KL" => ObjectiveKind.VariationalBound,
                _ => ObjectiveKind.ScaledVariationalBound,
            },
        };
        foreach (var (suffix, type) in Precisions)
        {
            var (output, x0, noise, xt, t) = Inputs(testCase, objective.Process, type);
            output = output.requires_grad_();
            var losses = objective.Losses(output, x0, noise, xt, t);
            testCase.AssertClose("loss" + suffix, losses.Loss);
            if (losses.Error is not null) testCase.AssertClose("mse" + suffix, losses.Error);
            if (losses.Bound is not null) testCase.AssertClose("vb" + suffix, losses.Bound);
            Assert.Equal(testCase.Has("mse" + suffix), losses.Error is not null);
            Assert.Equal(testCase.Has("vb" + suffix), losses.Bound is not null);
            losses.Loss.mean().backward();
            testCase.AssertClose("grad_model_output" + suffix, output.grad!.narrow(1, 0, 3));
            if (objective.Process.LearnsVariance) testCase.AssertClose("grad_var_output" + suffix, output.grad!.narrow(1, 3, 3));
        }
    }

    private static void CheckBitsPerDimension(GoldenCase testCase)
    {
        var mixture = testCase.Mixture();
        int[] sections = [.. testCase.Parameters.GetProperty("respacing").EnumerateArray().Select(s => s.GetInt32())];
        var spaced = Respacing.Keep(Forward("linear", (int)testCase.Number("base_T")).Schedule, Respacing.Sections((int)testCase.Number("base_T"), sections));
        Assert.Equal(testCase.Values.GetProperty("timestep_map").EnumerateArray().Select(t => t.GetInt32()), spaced.Timesteps);
        var variance = Reverse(testCase).Variance;
        var process = new ReverseProcess(new ForwardProcess(spaced.Schedule), PredictionType.Epsilon, variance);
        foreach (var (suffix, type) in Precisions)
        {
            var x0 = testCase.Shared("bpd_x_start").to(type);
            int drawn = 0;
            Tensor Network(Tensor x, int t)
            {
                double alphaBar = spaced.Schedule.AlphaBar[t];
                var epsilon = mixture.Epsilon(x, Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar));
                return process.LearnsVariance ? cat([epsilon, 0.3 * (3 * x).sin()], 1) : epsilon;
            }
            var bits = BitsPerDimension.Evaluate(process, Network, x0, () => testCase["noise"][drawn++].to(type), testCase.Flag("clip_denoised"));
            testCase.AssertClose("total_bpd" + suffix, bits.Total);
            testCase.AssertClose("prior_bpd" + suffix, bits.Prior);
            testCase.AssertClose("vb" + suffix, bits.Terms);
            testCase.AssertClose("xstart_mse" + suffix, bits.DenoisedError);
            testCase.AssertClose("mse" + suffix, bits.EpsilonError);
        }
    }

    private static void CheckClassifier(GoldenCase testCase)
    {
        var process = Reverse(testCase);
        double scale = testCase.Number("scale");
        foreach (var (suffix, type) in Precisions)
        {
            var (output, _, _, xt, t) = Inputs(testCase, process, type);
            var gradient = testCase.Shared("cond_gradient").to(type);
            var step = process.Step(output, xt, t, testCase.Flag("clip_denoised"));
            // guided-diffusion rounds the mean to float32 here, also in its float64 run.
            testCase.AssertClose("condition_mean" + suffix, ClassifierGuidance.ShiftMean(step.Mean.to(ScalarType.Float32).to(type), step.Variance, gradient, scale));
            var epsilon = Parameterisation.Epsilon(PredictionType.Sample, step.Denoised, xt, process.Forward, t);
            var guided = ClassifierGuidance.ShiftEpsilon(epsilon, gradient, process.Forward, t, scale);
            var denoised = Parameterisation.Denoised(PredictionType.Epsilon, guided, xt, process.Forward, t);
            testCase.AssertClose("condition_score_pred_xstart" + suffix, denoised);
            testCase.AssertClose("condition_score_mean" + suffix, process.Forward.PosteriorOf(denoised, xt, t).Mean);
        }
    }

    private static void CheckDiscretized(GoldenCase testCase)
    {
        Tensor Wide(string name) => testCase[name].to(ScalarType.Float64);
        testCase.AssertClose("log_prob64", GaussianLikelihood.LogDiscretized(Wide("x"), Wide("mean"), Wide("log_scale")));
        // In float32 ours stays right where the reference's float32 does not, so it is compared with the float64 run: inputs are float32 in both.
        var ours = GaussianLikelihood.LogDiscretized(testCase["x"].to(ScalarType.Float32), testCase["mean"].to(ScalarType.Float32), testCase["log_scale"].to(ScalarType.Float32));
        double worst = (ours.to(ScalarType.Float64) - testCase["log_prob64"]).abs().max().item<double>();
        Assert.True(worst < 1e-3, $"float32 input differs by {worst} nats");
    }

    private static void CheckDivergence(GoldenCase testCase)
    {
        foreach (var row in testCase.Values.GetProperty("rows").EnumerateArray())
        {
            double[] v = [.. row.EnumerateArray().Select(e => e.GetDouble())];
            using var kl = GaussianLikelihood.Divergence(tensor(v[0], ScalarType.Float64), tensor(v[1], ScalarType.Float64), tensor(v[2], ScalarType.Float64), tensor(v[3], ScalarType.Float64));
            Assert.Equal(v[4], kl.item<double>(), 1e-11);
        }
    }

    private static void CheckResampler(GoldenCase testCase)
    {
        int count = (int)testCase.Number("T");
        var sampler = new LossSecondMomentTimesteps(count, (int)testCase.Number("history_per_term"), testCase.Number("uniform_prob"));
        double[] timesteps = testCase.Doubles("t"), losses = testCase.Doubles("loss");
        int[] snapshots = [.. testCase.Values.GetProperty("snapshot_after_updates").EnumerateArray().Select(s => s.GetInt32())];
        var weights = new List<double>();
        for (int i = 0; i < timesteps.Length; i++)
        {
            sampler.Update([(long)timesteps[i]], [losses[i]]);
            if (snapshots.Contains(i + 1)) weights.AddRange(sampler.Weights());
        }
        testCase.AssertClose("weights_after", [.. weights]);
        testCase.AssertClose("p", sampler.Probabilities());
        testCase.AssertClose("importance_weight_per_t", [.. sampler.Probabilities().Select(p => 1 / (count * p))]);
    }
}
