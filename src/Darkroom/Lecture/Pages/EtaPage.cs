using System.Globalization;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;
using ScottPlot;

namespace Darkroom.Lecture.Pages;

/// <summary>From the deterministic DDIM to DDPM: the paths of the same noise, and the distance from the data over the steps.</summary>
internal sealed class EtaPage() : LecturePage(6, "eta", "Paths of the same noise at eta 0 and 1, and the distance from the data over the steps for four etas.")
{
    private static readonly double[] Etas = [0, 0.3, 0.6, 1];
    private static readonly int[] Steps = [5, 10, 20, 50, 100];

    public override Picture Draw()
    {
        var data = PlaneData.Named("moons");
        return new Figure().Row(340, Paths(data, 0), Paths(data, 1), Distances(data)).Draw();
    }

    private static Panel Paths(PlaneData data, double eta)
    {
        var run = PlaneRun.From(data.All, new() { Steps = 100, Eta = eta, Count = 5 });
        var panel = new Panel($"η = {eta}: five paths of 100 steps").Points(data.Sample(700, 1), Inks.Faint, size: 2.5f);
        for (int i = 0; i < 5; i++)
        {
            var way = run.Way(i);
            panel.Line(way.X, way.Y, Inks.Series[i % 6], width: 1.3f).Points(new([way.X[^1]], [way.Y[^1]]), Inks.Series[i % 6], size: 8, opacity: 1);
        }
        return panel.Plane(2.6);
    }

    private static Panel Distances(PlaneData data)
    {
        const int Count = 1500;
        var truth = data.Sample(Count, 1);
        var panel = new Panel("Energy distance from the data", "steps", "distance");
        double[] x = [.. Steps.Select(s => Math.Log10(s))];
        for (int i = 0; i < Etas.Length; i++)
        {
            double eta = Etas[i];
            double[] distances = [.. Steps.Select(s =>
                Math.Max(EnergyDistance.Noise, EnergyDistance.Between(PlaneRun.From(data.All, new() { Steps = s, Eta = eta, Count = Count }).Samples, truth)))];
            panel.Line(x, distances, Inks.Series[i], $"η = {eta.ToString(CultureInfo.InvariantCulture)}", marked: true);
        }
        panel.Line([0.6, 2.1], [EnergyDistance.Noise, EnergyDistance.Noise], Inks.Black, "noise", LinePattern.Dotted, 1);
        panel.Plot.Axes.SetLimits(0.6, 2.1, 0, 0.4);
        return panel.Logarithmic(Steps).Legend(Alignment.UpperRight);
    }
}
