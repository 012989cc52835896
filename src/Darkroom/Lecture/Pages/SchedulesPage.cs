using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Schedules;
using ScottPlot;

namespace Darkroom.Lecture.Pages;

/// <summary>AlphaBar and the signal-to-noise ratio of the usual schedules.</summary>
internal sealed class SchedulesPage() : LecturePage(2, "schedules", "AlphaBar and the log signal-to-noise ratio over t, for five schedules.")
{
    private static readonly (string Name, string Label, LinePattern Pattern)[] Schedules =
    [
        ("linear", "linear (DDPM)", LinePattern.Solid), ("scaled_linear", "scaled linear (Stable Diffusion)", LinePattern.Dashed),
        ("squaredcos_cap_v2", "cosine (improved DDPM)", LinePattern.Solid), ("sigmoid", "sigmoid", LinePattern.DenselyDashed), ("laplace", "Laplace", LinePattern.Dotted),
    ];

    public override Picture Draw()
    {
        var alphaBar = new Panel("How much of the picture is left", "t", "ᾱ_t");
        var ratio = new Panel("The same as a signal-to-noise ratio", "t", "log SNR_t = log ᾱ_t / (1 - ᾱ_t)");
        for (int i = 0; i < Schedules.Length; i++)
        {
            var (name, label, pattern) = Schedules[i];
            var schedule = BetaSchedules.Create(name);
            double[] t = [.. Enumerable.Range(0, schedule.Count).Select(t => (double)t)];
            alphaBar.Line(t, schedule.AlphaBar.ToArray(), Inks.Series[i], label, pattern);
            ratio.Line(t, [.. t.Select(t => schedule.LogSignalToNoise((int)t))], Inks.Series[i], label, pattern);
        }
        alphaBar.Plot.Axes.SetLimits(0, 1000, 0, 1.02);
        ratio.Plot.Axes.SetLimits(0, 1000, -14, 12);
        return new Figure().Row(400, alphaBar, ratio.Legend(Alignment.LowerLeft)).Draw();
    }
}
