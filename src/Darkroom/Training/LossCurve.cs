using Darkroom.Runtime;
using ScottPlot;

namespace Darkroom.Training;

/// <summary>Draws the loss over the steps: every logged value, and a running mean that the eye can follow.</summary>
internal static class LossCurve
{
    private const double Memory = 0.95;

    /// <summary>Writes a PNG.</summary>
    /// <param name="path">The file, replaced.</param>
    /// <param name="points">Step and loss.</param>
    /// <param name="title">Stands over the picture.</param>
    public static void Write(string path, IReadOnlyList<(long Step, double Loss)> points, string title)
    {
        if (points.Count == 0) return;
        double[] steps = [.. points.Select(p => (double)p.Step)], losses = [.. points.Select(p => p.Loss)], means = new double[losses.Length];
        double mean = 0, weight = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            mean = Memory * mean + (1 - Memory) * losses[i];
            weight = Memory * weight + (1 - Memory);
            means[i] = mean / weight;
        }
        using var plot = new Plot();
        var raw = plot.Add.ScatterLine(steps, losses, Colors.LightGray);
        raw.LegendText = "loss";
        var smooth = plot.Add.ScatterLine(steps, means, Colors.Navy);
        smooth.LegendText = "running mean";
        smooth.LineWidth = 2;
        double low = losses.Min(), high = losses.Skip(losses.Length / 50).Max();
        plot.Axes.SetLimitsY(low - 0.05 * (high - low), high + 0.05 * (high - low) + 1e-12);
        plot.Title(title);
        plot.XLabel("step");
        plot.YLabel("loss");
        plot.ShowLegend();
        byte[] png = plot.GetImageBytes(900, 500, ImageFormat.Png);
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(png));
    }
}
