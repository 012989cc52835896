using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;
using Darkroom.Schedules;
using ScottPlot;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>What each objective makes of an error of eps at t, and how small that error can get.</summary>
internal sealed class ObjectivesPage() : LecturePage(4, "objectives", "The weights of the objectives over t, and the loss that is left when the denoiser is exact.")
{
    private static readonly NoiseSchedule Schedule = PlaneRun.Schedule;

    public override Picture Draw() => new Figure().Row(400, Weights(), Floor()).Draw();

    private static Panel Weights()
    {
        double[] t = [.. Enumerable.Range(0, Schedule.Count).Select(i => (double)i)], ratio = LossWeights.SignalToNoise(Schedule);
        // L_vlb, eq. 12 of DDPM with the variance beta_t: beta_t / (2 alpha_t (1 - abar_t)).
        double[] bound = [.. t.Select(i => Schedule.Betas[(int)i] / (2 * (1 - Schedule.Betas[(int)i]) * (1 - Schedule.AlphaBar[(int)i])))];
        var panel = new Panel("Weight of |ε - ε_θ|² in each objective", "t", "log10 of the weight");
        Add("L_simple (error of ε)", [.. t.Select(_ => 1.0)], LinePattern.Solid);
        Add("L_vlb", bound, LinePattern.Solid);
        Add("error of v", [.. ratio.Select(r => 1 + 1 / r)], LinePattern.Dashed);
        Add("error of x_0", [.. ratio.Select(r => 1 / r)], LinePattern.Dotted);
        Add("min-SNR 5", LossWeights.MinSnr(Schedule, PredictionType.Epsilon), LinePattern.Solid);
        Add("P2", LossWeights.P2(Schedule), LinePattern.Dashed);
        panel.Plot.Axes.SetLimits(0, 1000, -4.2, 7);
        return panel.Legend(Alignment.UpperLeft);

        void Add(string name, double[] weights, LinePattern pattern) =>
            panel.Line(t, [.. weights.Select(Math.Log10)], Inks.Series[panel.Plot.GetPlottables().Count()], name, pattern);
    }

    private static Panel Floor()
    {
        const int Count = 2000;
        var data = PlaneData.Named("moons");
        using var network = PlaneNetwork.Train(data, Schedule);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator(3, CPU);
        var x0 = data.All.Sample(Count, generator);
        var noise = randn(x0.shape, ScalarType.Float64, generator: generator);
        double[] t = [.. Enumerable.Range(0, 100).Select(i => (double)(i * 10))];
        double[] exact = [.. t.Select(i => Loss(data.All, (int)i))], learned = [.. t.Select(i => Loss(network, (int)i))];
        var panel = new Panel("L_simple over t, two moons", "t", "E |ε - ε_θ|² per dimension");
        panel.Line(t, learned, Inks.Vermilion, "a small network, 2000 updates").Line(t, exact, Inks.Blue, "the exact denoiser: no network can do better", LinePattern.Dashed);
        panel.Plot.Axes.SetLimits(0, 1000, 0, 1.2);
        return panel.Legend(Alignment.UpperRight);

        double Loss(IDenoiser denoiser, int step)
        {
            using var inner = NewDisposeScope();
            var at = NoisePoint.VariancePreserving(step, Schedule.AlphaBar[step]);
            return (denoiser.Predict(at.Alpha * x0 + at.Sigma * noise, at).Epsilon - noise).square().mean().item<double>();
        }
    }
}
