using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;

namespace Darkroom.Lecture.Pages;

/// <summary>DDPM and DDIM after equal numbers of steps, with the exact denoiser: what is wrong is the sampler's alone.</summary>
internal sealed class DdimPage() : LecturePage(5, "ddim", "DDPM and DDIM on two moons at equal numbers of steps, with the exact denoiser.")
{
    private static readonly int[] Steps = [5, 10, 20, 50];

    public override Picture Draw()
    {
        var data = PlaneData.Named("moons");
        var truth = data.Sample(2000, 1);
        Panel Of(string name, string sampler, int steps)
        {
            var samples = PlaneRun.From(data.All, new() { Sampler = sampler, Steps = steps, Count = 2000 }).Samples;
            string distance = EnergyDistance.Describe(EnergyDistance.Between(samples, truth));
            return new Panel($"{name}, {steps} steps: {distance}").Points(truth, Inks.Faint, size: 2.5f).Points(Some(samples), Inks.Blue, size: 2.5f).Plane(2.6);
        }
        return new Figure()
            .Row(250, [.. Steps.Select(s => Of("DDPM", "ddpm", s))])
            .Row(250, [.. Steps.Select(s => Of("DDIM", "ddim", s))])
            .Draw();
    }

    private static PlanePoints Some(PlanePoints points) => new(points.X[..700], points.Y[..700]);
}
