using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers.Scores;

[Trait("Category", "Golden")]
public class ScoreSdeGoldenTests
{
    // Property: SDEs, predictors, correctors, loops, ODE sampling, likelihoods and losses equal yang-song/score_sde_pytorch.
    [Fact]
    public void Everything_equals_score_sde() => GoldenCase.CheckAll("diffusion/score_sde", golden =>
    {
        string kind = golden.Name.Split('_')[0];
        switch (kind)
        {
            case "sde": CheckSde(golden); return true;
            case "table": CheckTable(golden); return true;
            case "predictor": CheckPredictor(golden); return true;
            case "corrector": CheckCorrector(golden); return true;
            case "pc": CheckLoop(golden); return true;
            case "ode": CheckOde(golden); return true;
            case "likelihood": CheckLikelihood(golden); return true;
            case "loss": CheckLoss(golden); return true;
            default: return false;
        }
    });

    private static readonly (string Suffix, ScalarType Type)[] Precisions = [("", ScalarType.Float32), ("64", ScalarType.Float64)];

    private static Sde SdeOf(GoldenCase golden)
    {
        double From(string name, double otherwise) => golden.Number(name, otherwise);
        return golden.Text("sde") switch
        {
            "vp" => new VariancePreservingSde(From("beta_min", 0.1), From("beta_max", 20)),
            "subvp" => new SubVariancePreservingSde(From("beta_min", 0.1), From("beta_max", 20)),
            _ => new VarianceExplodingSde(From("sigma_min", 0.01), From("sigma_max", 50)),
        };
    }

    private static void CheckSde(GoldenCase golden)
    {
        var sde = SdeOf(golden);
        int steps = (int)golden.Number("N");
        double[] times = golden.Doubles("t");
        var mixture = golden.Mixture();
        foreach (var (suffix, type) in Precisions)
        {
            var x = golden["x"].to(type);
            Tensor PerItem(Func<Tensor, double, Tensor> item) => cat([.. times.Select((t, i) => item(x.narrow(0, i, 1), t))]);
            double[] Numbers(Func<double, double> of) => [.. times.Select(of)];
            Tensor Score(Tensor item, double t) => mixture.Score(item, sde.At(t).Alpha, sde.At(t).Sigma);

            golden.AssertClose("drift" + suffix, PerItem((item, t) => item * sde.Drift(t)));
            golden.AssertClose("diffusion" + suffix, Numbers(sde.Diffusion));
            golden.AssertClose("marginal_mean" + suffix, PerItem((item, t) => item * sde.At(t).Alpha));
            golden.AssertClose("marginal_std" + suffix, Numbers(t => sde.At(t).Sigma));
            golden.AssertClose("discretize_f" + suffix, PerItem((item, t) => item * sde.Discretise(t, steps).Drift));
            golden.AssertClose("discretize_G" + suffix, Numbers(t => sde.Discretise(t, steps).Diffusion));
            golden.AssertClose("prior_logp" + suffix, sde.PriorLogDensity(x));
            golden.AssertClose("score" + suffix, PerItem(Score));
            foreach (var (flow, ending) in new[] { (false, ""), (true, "_pf") })
            {
                double half = flow ? 0.5 : 1;
                golden.AssertClose("reverse_drift" + ending + suffix, PerItem((item, t) =>
                    item * sde.Drift(t) - Score(item, t) * (half * Math.Pow(sde.Diffusion(t), 2))));
                // The update is x' = x - f + G z.
                golden.AssertClose("reverse_discretize_f" + ending + suffix, PerItem((item, t) =>
                {
                    var update = ScoreSamplers.ReverseDiffusion(sde.Discretise(t, steps), flow);
                    return item * (1 - update.State) - Score(item, t) * update.Score;
                }));
                golden.AssertClose("reverse_discretize_G" + ending + suffix, Numbers(t => ScoreSamplers.ReverseDiffusion(sde.Discretise(t, steps), flow).Noise));
            }
        }
    }

    private static void CheckTable(GoldenCase golden)
    {
        int steps = (int)golden.Number("N");
        if (SdeOf(golden) is VariancePreservingSde preserving)
        {
            golden.AssertClose("discrete_betas64", preserving.Schedule(steps).Betas.ToArray());
            golden.AssertClose("alphas_cumprod64", preserving.Schedule(steps).AlphaBar.ToArray());
        }
        else
        {
            var exploding = (VarianceExplodingSde)SdeOf(golden);
            golden.AssertClose("discrete_sigmas64", [.. Enumerable.Range(0, steps).Select(i => exploding.Discrete(i, steps))]);
        }
    }

    private static PredictorCorrectorOptions OptionsOf(GoldenCase golden) => new()
    {
        Steps = (int)golden.Number("N", 1000),
        Predictor = golden.Parameters.TryGetProperty("predictor", out var predictor) ? predictor.GetString() switch
        {
            "euler_maruyama" => ReversePredictor.EulerMaruyama,
            "reverse_diffusion" => ReversePredictor.ReverseDiffusion,
            "ancestral_sampling" => ReversePredictor.Ancestral,
            _ => ReversePredictor.None,
        } : ReversePredictor.None,
        Corrector = golden.Parameters.TryGetProperty("corrector", out var corrector) ? corrector.GetString() switch
        {
            "langevin" => LangevinCorrector.Langevin,
            "ald" => LangevinCorrector.Annealed,
            _ => LangevinCorrector.None,
        } : LangevinCorrector.None,
        CorrectorSteps = (int)golden.Number("n_steps", 1),
        SignalToNoise = golden.Number("snr") > 0 ? golden.Number("snr") : 0.16,
        ProbabilityFlow = golden.Parameters.TryGetProperty("probability_flow", out _) && golden.Flag("probability_flow"),
        Discrete = golden.Parameters.TryGetProperty("continuous", out _) && !golden.Flag("continuous"),
        Denoise = !golden.Parameters.TryGetProperty("denoise", out _) || golden.Flag("denoise"),
        End = double.IsNaN(golden.Number("eps")) ? null : golden.Number("eps"),
        NormsOverBatch = true,
    };

    private static NoisePoint PointOf(Sde sde, PredictorCorrectorOptions options, double t) => options.Discrete ? sde.DiscreteAt(t, options.Steps) : sde.At(t);

    private static void CheckPredictor(GoldenCase golden)
    {
        var sde = SdeOf(golden);
        var options = OptionsOf(golden);
        var mixture = golden.Mixture();
        double[] times = golden.SiblingDoubles(golden.Text("t"));
        foreach (var (suffix, type) in Precisions)
        {
            Tensor x = golden.Sibling(golden.Text("x")).to(type), z = golden["noise"].to(type);
            var results = times.Select((t, i) =>
            {
                var (item, at) = (x.narrow(0, i, 1), PointOf(sde, options, t));
                return ScoreSamplers.Predict(sde, options, t).Apply(item, mixture.Score(item, at.Alpha, at.Sigma), z.narrow(0, i, 1), true);
            }).ToList();
            golden.AssertClose("x_next" + suffix, cat([.. results.Select(r => r.Next)]));
            golden.AssertClose("x_mean" + suffix, cat([.. results.Select(r => r.Mean)]));
        }
    }

    // The case has another time for each item, but norms over the batch: the step is taken for each item's factor, with the whole batch, and the item kept.
    private static void CheckCorrector(GoldenCase golden)
    {
        var sde = SdeOf(golden);
        var options = OptionsOf(golden);
        if (golden.IsError)
        {
            // The reference lacks the factor for sub-VP, and the case allows that of VP.
            Assert.Equal(new VariancePreservingSde().LangevinFactor(0.5, 40), sde.LangevinFactor(0.5, 40));
            return;
        }
        var mixture = golden.Mixture();
        double[] times = golden.SiblingDoubles(golden.Text("t"));
        foreach (var (suffix, type) in Precisions)
        {
            Tensor x = golden.Sibling(golden.Text("x")).to(type), mean = x;
            for (int step = 0; step < options.CorrectorSteps; step++)
            {
                var score = cat([.. times.Select((t, i) => mixture.Score(x.narrow(0, i, 1), PointOf(sde, options, t).Alpha, PointOf(sde, options, t).Sigma))]);
                var z = golden["noise"].select(0, step).to(type);
                var results = times.Select((t, i) =>
                {
                    var update = ScoreSamplers.Correct(options, sde.LangevinFactor(t, options.Steps), sde.At(t).Sigma);
                    var (next, middle) = update.Apply(x, score, z, normsOverBatch: true);
                    return (Next: next.narrow(0, i, 1), Mean: middle.narrow(0, i, 1));
                }).ToList();
                (x, mean) = (cat([.. results.Select(r => r.Next)]), cat([.. results.Select(r => r.Mean)]));
            }
            golden.AssertClose("x_next" + suffix, x);
            golden.AssertClose("x_mean" + suffix, mean);
        }
    }

    private static void CheckLoop(GoldenCase golden)
    {
        var sde = SdeOf(golden);
        var options = OptionsOf(golden);
        if (!golden["xs64"].isfinite().all().item<bool>())
        {
            // A beta above 1, of which the reference takes the root: here a refusal that says how many steps there must be.
            var refusal = Assert.Throws<DarkroomException>(() => ScoreSamplers.PredictorCorrector(sde, options));
            Assert.Contains("at least", refusal.Message, StringComparison.Ordinal);
            return;
        }
        foreach (var (suffix, type) in Precisions)
        {
            var noise = new RecordedNoise(golden["noise"]);
            // Rows are taken with the last noise, the result without.
            foreach (bool denoise in (bool[])[false, true])
            {
                var prepared = ScoreSamplers.PredictorCorrector(sde, options with { Denoise = denoise });
                noise = new RecordedNoise(golden["noise"]);
                var x = noise.Next(zeros(1, type)) * prepared.Plan.InitialNoiseScale;
                var rows = new List<Tensor>();
                var result = prepared.Sampler.Sample(golden.Mixture(), x, prepared.Plan, noise, (in SamplerState state) =>
                {
                    if (state.StepDone) rows.Add(state.X.clone().DetachFromDisposeScope());
                    return null;
                });
                Assert.Equal(noise.Available, noise.Drawn);
                if (denoise) golden.AssertCloseTo("x_final" + suffix, result, golden.Tolerance.GetProperty("x_final"));
                else golden.AssertRows(stack([.. rows]), type == ScalarType.Float64 ? "float64" : "float32");
            }
        }
    }

    private static void CheckOde(GoldenCase golden)
    {
        bool denoise = golden.Flag("denoise");
        var prepared = ScoreSamplers.ProbabilityFlow(SdeOf(golden), end: golden.Number("eps"), relativeTolerance: golden.Number("rtol"),
            absoluteTolerance: golden.Number("atol"), denoise: denoise);
        int evaluations = 0;
        Tensor Run(ScalarType type) => prepared.Sampler.Sample(golden.Mixture(), golden["z"].to(type), prepared.Plan, new NoNoise(), (in SamplerState state) =>
        {
            evaluations = state.Count;
            return null;
        });
        var exact = golden.Tolerance.GetProperty("against_x_exact64");
        golden.AssertCloseTo("x_exact64", Run(ScalarType.Float32), exact);
        var wide = Run(ScalarType.Float64);
        golden.AssertCloseTo("x64", wide, golden.Tolerance.GetProperty("against_x64"));
        golden.AssertCloseTo("x_exact64", wide, exact);
        Assert.Equal(golden.Values.GetProperty("nfe_float64").GetInt32(), evaluations - (denoise ? 1 : 0));
    }

    private static void CheckLikelihood(GoldenCase golden)
    {
        OdeLikelihood Of(ScalarType type, bool exactTrace) => OdeLikelihood.Evaluate(
            SdeOf(golden), golden.Mixture(), golden.Shared("likelihood_data").to(type), exactTrace ? null : golden["hutchinson"].to(type),
            golden.Number("offset"), golden.Number("eps"), golden.Number("rtol"), golden.Number("atol"));
        var tolerance = golden.Tolerance.GetProperty("bpd_against_bpd64");
        golden.AssertCloseTo("bpd64", Of(ScalarType.Float32, false).BitsPerDimension, tolerance);
        var estimate = Of(ScalarType.Float64, false);
        golden.AssertCloseTo("bpd64", estimate.BitsPerDimension, tolerance);
        Assert.True((estimate.Latents - golden["z64"]).abs().max().item<double>() < 1e-6 * golden["z64"].abs().max().item<double>());
        Assert.Equal(golden.Values.GetProperty("nfe_float64").GetInt32(), estimate.Evaluations);
        if (!golden.Has("bpd_exact_trace64")) return;
        var exact = Of(ScalarType.Float64, true).BitsPerDimension;
        golden.AssertCloseTo("bpd_exact_trace64", exact, tolerance);
        golden.AssertCloseTo("bpd_analytic64", exact, golden.Tolerance.GetProperty("exact_trace_against_analytic"));
        // The analytic value is the mixture's own density.
        var data = golden.Shared("likelihood_data").to(ScalarType.Float64);
        golden.AssertClose("bpd_analytic64", golden.Mixture().LogDensity(data) / (-Math.Log(2) * data[0].numel()) + golden.Number("offset"), 1e-9);
    }

    private static void CheckLoss(GoldenCase golden)
    {
        var sde = SdeOf(golden);
        var mixture = golden.Mixture();
        bool legacy = golden.Name.StartsWith("loss_legacy", StringComparison.Ordinal), likelihood = !legacy && golden.Flag("likelihood_weighting");
        int steps = (int)golden.Number("N", 1000);
        foreach (var (suffix, type) in Precisions)
        {
            Tensor x0 = golden.Shared("loss_batch").to(type), z = golden["z"].to(type);
            double[] times = legacy ? [] : [.. golden.Doubles("u").Select(u => ScoreObjective.Time(u, golden.Number("eps")))];
            NoisePoint[] at = legacy
                ? [.. golden.Doubles("labels").Select(label => LevelOf(sde, (int)label, steps))]
                : [.. times.Select(sde.At)];
            var noisy = ScoreObjective.AddNoise(x0, z, at);
            var epsilon = cat([.. at.Select((p, i) => mixture.Epsilon(noisy.narrow(0, i, 1), p.Alpha, p.Sigma))]);
            var exact = sde.PredictsScore ? cat([.. at.Select((p, i) => epsilon.narrow(0, i, 1) / -p.Sigma)]) : epsilon;
            var loss = ScoreObjective.Loss(ScoreObjective.Epsilon(sde, 0.9 * exact + 0.05, at), z,
                likelihood ? [.. times.Select(t => ScoreObjective.LikelihoodWeight(sde, t))] : null, halfSum: !golden.Flag("reduce_mean"));
            golden.AssertClose("loss" + suffix, loss.mean());
        }
    }

    // Levels of NCSN count from the largest.
    private static NoisePoint LevelOf(Sde sde, int label, int steps) => sde is VarianceExplodingSde exploding
        ? NoisePoint.VarianceExploding(label, exploding.Discrete(steps - 1 - label, steps))
        : NoisePoint.VariancePreserving(label, ((VariancePreservingSde)sde).Schedule(steps).AlphaBar[label]);
}
