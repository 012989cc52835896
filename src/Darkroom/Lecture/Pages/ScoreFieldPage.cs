using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>The score as arrows, exact and learned, and the ODE's paths through the learned field.</summary>
internal sealed class ScoreFieldPage() : LecturePage(7, "score-field", "The exact and the learned score of two moons at t = 60, and the probability-flow ODE through the learned field.")
{
    private const int T = 60;
    private const double Reach = 2.6;
    private const int Side = 15;

    public override Picture Draw()
    {
        var data = PlaneData.Named("moons");
        using var network = PlaneNetwork.Train(data, PlaneRun.Schedule);
        return new Figure()
            .Row(340, Field($"Exact score, t = {T}", data, data.All), Field($"Learned score, t = {T}", data, network), Paths(data, network))
            .Draw();
    }

    private static Panel Field(string title, PlaneData data, IDenoiser denoiser)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var at = NoisePoint.VariancePreserving(T, PlaneRun.Schedule.AlphaBar[T]);
        double[] line = [.. Enumerable.Range(0, Side).Select(i => (i + 0.5) / Side * 2 * Reach - Reach)];
        var places = new PlanePoints([.. line.SelectMany(x => line.Select(_ => x))], [.. line.SelectMany(_ => line)]);
        var arrows = PlanePoints.Of(denoiser.Predict(places.ToTensor(), at).Epsilon / -at.Sigma);
        var truth = data.Sample(700, 1);
        using var noise = new Generator(2, CPU);
        var noised = PlanePoints.Of(at.Alpha * truth.ToTensor() + at.Sigma * randn([truth.Count, 2], ScalarType.Float64, generator: noise));
        var panel = new Panel(title).Points(noised, Inks.Faint, size: 2.5f);
        for (int i = 0; i < places.Count; i++)
        {
            // Directions are what counts: lengths are compressed, so that the long arrows of the far field do not hide the near one.
            double length = Math.Sqrt(arrows.X[i] * arrows.X[i] + arrows.Y[i] * arrows.Y[i]), drawn = 0.3 * length / (1 + length);
            panel.Arrow(places.X[i], places.Y[i], places.X[i] + drawn * arrows.X[i] / length, places.Y[i] + drawn * arrows.Y[i] / length, Inks.Blue);
        }
        return panel.Plane(Reach);
    }

    private static Panel Paths(PlaneData data, IDenoiser denoiser)
    {
        var run = PlaneRun.From(denoiser, new() { Sampler = "ddim", Steps = 100, Count = 60, Seed = 3 });
        var panel = new Panel("Probability-flow ODE, learned score").Points(data.Sample(700, 1), Inks.Faint, size: 2.5f);
        for (int i = 0; i < run.Samples.Count; i++)
        {
            var way = run.Way(i);
            panel.Line(way.X, way.Y, Inks.Sky.WithAlpha(0.7), width: 1);
        }
        return panel.Points(run.Path[0], Inks.Orange, "x_T", 5, 1).Points(run.Samples, Inks.Blue, "x_0", 5, 1).Plane(Reach).Legend(ScottPlot.Alignment.LowerLeft);
    }
}
