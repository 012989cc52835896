using System.Globalization;
using Darkroom.Runtime;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Darkroom.Evaluation.Likelihood;

/// <summary>Draws the terms of the variational bound over the timesteps, on a logarithmic scale, as in the improved DDPM paper's figure 2.</summary>
internal static class LikelihoodCurve
{
    // Smaller terms are drawn here.
    private const double Smallest = 1e-9;

    /// <summary>Writes a PNG.</summary>
    /// <param name="path">The file, replaced.</param>
    /// <param name="report">Of a bound.</param>
    public static void Write(string path, LikelihoodReport report)
    {
        using var plot = new Plot();
        double[] timesteps = [.. report.Timesteps.Select(t => (double)t)];
        var terms = plot.Add.ScatterLine(timesteps, [.. report.Terms.Select(term => Math.Log10(Math.Max(term, Smallest)))], Colors.Navy);
        terms.LineWidth = 2;
        plot.Title(string.Create(CultureInfo.InvariantCulture, $"{report.BitsPerDimension:0.000} bits per dimension, {report.Pictures} pictures"));
        plot.XLabel("timestep");
        plot.YLabel("term of the bound, bits per dimension");
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            LabelFormatter = exponent => Math.Pow(10, exponent).ToString("0.#########", CultureInfo.InvariantCulture),
        };
        byte[] png = plot.GetImageBytes(900, 500, ImageFormat.Png);
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(png));
    }
}
