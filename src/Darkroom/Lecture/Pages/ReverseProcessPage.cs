using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Schedules;
using ScottPlot;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>The marginals of a mixture on the line with ancestral paths through them, and how far one reverse step is a Gaussian.</summary>
internal sealed class ReverseProcessPage()
    : LecturePage(3, "reverse-process", "Ancestral paths through the marginals of a mixture, and the true reverse step beside the model's Gaussian.")
{
    private const double Reach = 3;
    private const int Columns = 200, Rows = 150;

    private static readonly NoiseSchedule Schedule = NoiseSchedule.Linear();

    public override Picture Draw() => new Figure().Row(400, Marginals(), ReverseSteps()).Draw();

    private static GaussianMixture Line()
    {
        using var means = tensor((double[])[-1.3, 0.2, 1.2], [3, 1]);
        return new(means, [0.12, 0.2, 0.08], [0.35, 0.4, 0.25]);
    }

    private static Panel Marginals()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var data = Line();
        var grid = linspace(Reach, -Reach, Rows, ScalarType.Float64).unsqueeze(1);
        var density = new double[Rows, Columns];
        for (int column = 0; column < Columns; column++)
        {
            var at = At(Schedule.Count * column / Columns);
            double[] values = data.LogDensity(grid, at.Alpha, at.Sigma).exp().data<double>().ToArray();
            for (int row = 0; row < Rows; row++) density[row, column] = Math.Pow(values[row], 0.6); // so that flat marginals show too
        }
        var panel = new Panel("p(x_t) and six ancestral paths of 1000 steps", "t", "x_t");
        var map = panel.Plot.Add.Heatmap(density);
        map.Extent = new CoordinateRect(0, Schedule.Count, -Reach, Reach);
        map.Colormap = new ScottPlot.Colormaps.Grayscale().Reversed();
        var paths = Ancestral(data);
        double[] t = [.. Enumerable.Range(0, Schedule.Count + 1).Select(i => (double)(Schedule.Count - i))];
        for (int i = 0; i < paths.Count; i++) panel.Line(t, paths[i], Inks.Series[i % 6], width: 1.1f);
        panel.Plot.Axes.SetLimits(0, Schedule.Count, -Reach, Reach);
        return panel;
    }

    /// <summary>x_T ... x_0 of ten runs of algorithm 2.</summary>
    private static List<double[]> Ancestral(GaussianMixture data)
    {
        const int Runs = 6;
        var posterior = new PosteriorCoefficients(Schedule);
        using var generator = new Generator(5, CPU);
        var x = randn([Runs, 1], ScalarType.Float64, generator: generator);
        var paths = Enumerable.Range(0, Runs).Select(_ => new double[Schedule.Count + 1]).ToList();
        for (int t = Schedule.Count - 1; ; t--)
        {
            double[] now = x.data<double>().ToArray();
            for (int run = 0; run < Runs; run++) paths[run][Schedule.Count - 1 - t] = now[run];
            if (t < 0) return paths;
            var at = At(t);
            var mean = posterior.DenoisedFactors[t] * data.Denoised(x, at.Alpha, at.Sigma) + posterior.NoisyFactors[t] * x;
            x = mean + Math.Sqrt(posterior.Variances[t]) * randn([Runs, 1], ScalarType.Float64, generator: generator);
        }
    }

    /// <summary>p(x_s | x_t) by Bayes' rule, and the Gaussian that a step of the sampler draws from.</summary>
    private static Panel ReverseSteps()
    {
        const int T = 600;
        const double Xt = 0.35;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var data = Line();
        var from = At(T);
        var grid = linspace(-Reach, Reach, 1200, ScalarType.Float64);
        double[] x = grid.data<double>().ToArray();
        double denoised = data.Denoised(tensor((double[])[Xt], [1, 1]), from.Alpha, from.Sigma).item<double>();
        var panel = new Panel($"One reverse step from x_{T} = {Xt}: truth and Gaussian", "x_s", "density, each at most 1");
        int[] jumps = [20, 150, 450];
        for (int i = 0; i < jumps.Length; i++)
        {
            var to = At(T - jumps[i]);
            double a = from.Alpha / to.Alpha, forward = from.Sigma * from.Sigma - a * a * to.Sigma * to.Sigma, total = from.Sigma * from.Sigma;
            var truth = data.LogDensity(grid.unsqueeze(1), to.Alpha, to.Sigma) - (Xt - a * grid).square() / (2 * forward);
            double mean = to.Alpha * forward / total * denoised + a * to.Sigma * to.Sigma / total * Xt, variance = forward * to.Sigma * to.Sigma / total;
            panel.Line(x, Peaked(truth), Inks.Series[i], $"s = {T - jumps[i]}: p(x_s | x_{T})");
            panel.Line(x, Peaked(-(grid - mean).square() / (2 * variance)), Inks.Series[i], "the sampler's Gaussian", LinePattern.Dashed);
        }
        panel.Plot.Axes.SetLimits(-2, 2, 0, 1.75);
        return panel.Legend(Alignment.UpperLeft);
    }

    private static double[] Peaked(Tensor log) => (log - log.max()).exp().data<double>().ToArray();

    private static NoisePoint At(int t) => NoisePoint.VariancePreserving(t, Schedule.AlphaBar[t]);
}
