using Darkroom.Runtime;
using ScottPlot;

namespace Darkroom.Evaluation.Pixels;

/// <summary>Draws measurements over the setting that changes among them: fidelity and diversity over a scale, or the distance over the steps.</summary>
internal static class PixelSweepPlot
{
    private static readonly Color[] Palette = [Colors.Navy, Colors.DarkOrange, Colors.SeaGreen, Colors.Crimson, Colors.Purple, Colors.Gray];

    /// <summary>Writes a PNG.</summary>
    /// <param name="path">The file, replaced.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="axis">Name of the setting on the horizontal axis.</param>
    /// <param name="place">Its value in a row.</param>
    /// <param name="series">Rows of the same name make one line.</param>
    public static void Write(string path, IReadOnlyList<PixelMeasurement> rows, string axis, Func<PixelMeasurement, double> place, Func<PixelMeasurement, string> series)
    {
        using var plot = new Plot();
        int lines = 0;
        bool distance = axis == "steps" || rows.Any(row => row.Accuracy is null);
        foreach (var line in rows.GroupBy(series))
        {
            if (distance)
            {
                Add("KID", row => row.Kid.Mean);
                continue;
            }
            Add("named right", row => row.Accuracy!.Value!.Value);
            Add("precision (fidelity)", row => row.PrecisionRecall.Precision);
            Add("recall (diversity)", row => row.PrecisionRecall.Recall);

            void Add(string what, Func<PixelMeasurement, double> value)
            {
                var points = line.OrderBy(place).ToList();
                var drawn = plot.Add.Scatter(points.Select(place).ToArray(), points.Select(value).ToArray(), Palette[lines++ % Palette.Length]);
                drawn.LineWidth = 2;
                drawn.LegendText = line.Key.Length == 0 ? what : $"{what}, {line.Key}";
            }
        }
        plot.XLabel(axis);
        plot.YLabel(distance ? "KID on the judge's features" : "share of the pictures");
        plot.ShowLegend(Edge.Bottom);
        byte[] png = plot.GetImageBytes(800, 450, ImageFormat.Png);
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(png));
    }
}
