using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>Three overlapping classes under guidance: samples get clearer, and less various.</summary>
internal sealed class GuidancePage() : LecturePage(8, "guidance", "Three classes sampled at guidance scales 0 to 8, with the trade of fidelity for diversity.")
{
    private static readonly double[] Shown = [0, 1, 3, 8];
    private static readonly double[] Swept = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10];

    public override Picture Draw()
    {
        var data = PlaneData.Named("mixture");
        return new Figure().Row(250, [.. Shown.Select(s => Samples(data, s))]).Row(300, Trade(data)).Draw();
    }

    private static Panel Samples(PlaneData data, double scale)
    {
        var panel = new Panel($"scale {scale}{(scale == 0 ? ": unconditional" : scale == 1 ? ": conditional" : "")}");
        for (int k = 0; k < data.ClassCount; k++) panel.Points(Run(data, k, scale, 350), Inks.Series[k], size: 3);
        return panel.Plane(3.6);
    }

    private static Panel[] Trade(PlaneData data)
    {
        var accuracy = new Panel("Fidelity: probability of the wanted class", "guidance scale", "p(y | x)");
        var spread = new Panel("Diversity: spread within a class", "guidance scale", "standard deviation");
        double[] probability = new double[Swept.Length], deviation = new double[Swept.Length];
        for (int i = 0; i < Swept.Length; i++)
        {
            for (int k = 0; k < data.ClassCount; k++)
            {
                using var scope = NewDisposeScope();
                var x = Run(data, k, Swept[i], 600).ToTensor();
                var wanted = data.Classes[k].LogDensity(x) - Math.Log(data.ClassCount) - data.All.LogDensity(x);
                probability[i] += wanted.exp().mean().item<double>() / data.ClassCount;
                deviation[i] += x.std(0).square().mean().sqrt().item<double>() / data.ClassCount;
            }
        }
        accuracy.Line(Swept, probability, Inks.Blue, marked: true).Plot.Axes.SetLimits(-0.3, 10.3, 0.3, 1.02);
        spread.Line(Swept, deviation, Inks.Vermilion, marked: true).Plot.Axes.SetLimits(-0.3, 10.3, 0, 1.1);
        return [accuracy, spread];
    }

    private static PlanePoints Run(PlaneData data, int label, double scale, int count) => PlaneRun.From(
        new GuidedDenoiser(data.All, data.Classes[label], scale), new() { Sampler = "ddim", Steps = 50, Count = count, Seed = 10 + label }).Samples;
}
