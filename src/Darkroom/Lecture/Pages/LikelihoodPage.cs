using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;
using Darkroom.Schedules;
using ScottPlot;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>The variational bound of the exact denoiser: what it costs to take few steps, and at which t the bits are.</summary>
internal sealed class LikelihoodPage() : LecturePage(10, "likelihood", "The variational bound against the number of steps, and its terms over t, for the exact denoiser.")
{
    private const int Count = 1000;

    public override Picture Draw()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var data = PlaneData.Named("ring").All;
        using var generator = new Generator(2, CPU);
        var x0 = data.Sample(Count, generator);
        double exact = -data.LogDensity(x0).mean().item<double>() / 2 / Math.Log(2);

        int[] steps = [8, 16, 32, 64, 128, 256, 512, 1024];
        var bounds = new Panel("Bound on -log2 p(x_0), per dimension", "T", "bits");
        var terms = new Panel("The bound summed up from t = 0, T = 1024", "t / T", "bits");
        Add("linear, variance of the posterior", steps[2..], t => BetaSchedules.Create("linear_rescaled", t), false, Inks.Blue);
        Add("linear, learned variance", steps[2..], t => BetaSchedules.Create("linear_rescaled", t), true, Inks.Blue);
        Add("cosine, variance of the posterior", steps, NoiseSchedule.Cosine, false, Inks.Vermilion);
        Add("cosine, learned variance", steps, NoiseSchedule.Cosine, true, Inks.Vermilion);
        bounds.Line([0.8, 3.1], [exact, exact], Inks.Black, "exact, from the density", LinePattern.Dotted);
        bounds.Plot.Axes.SetLimits(0.8, 3.1, exact - 0.2, exact + 3);
        terms.Line([0, 1], [exact, exact], Inks.Black, "exact", LinePattern.Dotted);
        terms.Plot.Axes.SetLimits(0, 1, -6, 2);
        return new Figure().Row(400, bounds.Logarithmic(steps).Legend(Alignment.UpperRight), terms).Draw();

        void Add(string name, int[] counts, Func<int, NoiseSchedule> schedule, bool learned, Color colour)
        {
            var pattern = learned ? LinePattern.Dashed : LinePattern.Solid;
            double[][] all = [.. counts.Select(count => Terms(data, x0, schedule(count), learned))];
            bounds.Line([.. counts.Select(c => Math.Log10(c))], [.. all.Select(values => values.Sum())], colour, name, pattern, marked: true);
            double sum = 0;
            double[] cumulated = [.. all[^1].SkipLast(1).Select(term => sum += term)];
            terms.Line([.. cumulated.Select((_, t) => (t + 1.0) / cumulated.Length)], cumulated, colour, pattern: pattern);
        }
    }

    /// <summary>L_0, L_1 ... L_{T-1} and the prior's L_T, in bits per dimension.</summary>
    /// <param name="data">Its exact denoiser is the model.</param>
    /// <param name="x0">Samples.</param>
    /// <param name="schedule">The forward process.</param>
    /// <param name="learned">
    /// Whether the variance is the best one for each t, which a learned variance tends to: that of the posterior and the error of its mean, betatilde_t + c_t^2 E|x_0 - x_0 hat|^2.
    /// Else it is that of the posterior alone, and beta_0 at t = 0.
    /// </param>
    private static double[] Terms(GaussianMixture data, Tensor x0, NoiseSchedule schedule, bool learned)
    {
        var posterior = new PosteriorCoefficients(schedule);
        using var generator = new Generator(7, CPU);
        var terms = new double[schedule.Count + 1];
        for (int t = 0; t < schedule.Count; t++)
        {
            using var scope = NewDisposeScope();
            var at = NoisePoint.VariancePreserving(t, schedule.AlphaBar[t]);
            var x = at.Alpha * x0 + at.Sigma * randn(x0.shape, ScalarType.Float64, generator: generator);
            double factor = posterior.DenoisedFactors[t], truth = posterior.Variances[t];
            double error = factor * factor * (data.Denoised(x, at.Alpha, at.Sigma) - x0).square().mean().item<double>();
            double variance = learned ? truth + error : t > 0 ? truth : schedule.Betas[0];
            terms[t] = t > 0 ? 0.5 * (Math.Log(variance / truth) + (truth + error) / variance - 1) : 0.5 * (Math.Log(2 * Math.PI * variance) + error / variance);
        }
        double last = schedule.AlphaBar[schedule.Count - 1];
        terms[^1] = 0.5 * (last * x0.square().mean().item<double>() - last - Math.Log(1 - last));
        return [.. terms.Select(nats => nats / Math.Log(2))];
    }
}
