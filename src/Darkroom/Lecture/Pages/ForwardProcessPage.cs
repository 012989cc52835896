using System.Globalization;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Runtime;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Pages;

/// <summary>A picture noised over t, by two schedules with the same noise.</summary>
internal sealed class ForwardProcessPage() : LecturePage(1, "forward-process", "A picture noised over t, by the linear and the cosine schedule.")
{
    private static readonly int[] Timesteps = [0, 100, 250, 500, 750, 999];

    public override Picture Draw() => new Figure()
        .Row(190, Strip("x_t, linear schedule (DDPM)", NoiseSchedule.Linear()))
        .Row(190, Strip("x_t, cosine schedule (improved DDPM)", NoiseSchedule.Cosine()))
        .Draw();

    private static Panel Strip(string title, NoiseSchedule schedule)
    {
        using var scope = NewDisposeScope();
        var x0 = Emoji();
        var noise = new TorchNoise(1).Next(x0);
        var process = new ForwardProcess(schedule);
        var panel = new Panel(title).WithoutAxes();
        panel.Plot.Axes.SetLimits(0, 7.38, 0, 1.15);
        for (int i = 0; i < Timesteps.Length; i++)
        {
            int t = Timesteps[i];
            var noised = process.AddNoise(x0, noise, tensor((long[])[t]));
            double left = 0.05 + 1.25 * i;
            panel.Picture(ToPicture(noised), left, left + 1, 0, 1).Words(string.Create(CultureInfo.InvariantCulture, $"t = {t}, ᾱ = {schedule.AlphaBar[t]:0.###}"), left + 0.5, 1.08);
        }
        return panel;
    }

    /// <summary>[1, 3, 32, 32] in [-1, 1].</summary>
    private static Tensor Emoji()
    {
        using var stream = typeof(ForwardProcessPage).Assembly.GetManifestResourceStream("Darkroom.Lecture.Data.emoji.png")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var picture = Picture.Decode(bytes.ToArray()).Convert(PixelFormat.Rgb);
        var values = new float[picture.Pixels.Length];
        PixelRange.ToUnit(picture.Pixels, values);
        return tensor(values, [1, picture.Height, picture.Width, 3]).permute(0, 3, 1, 2);
    }

    private static Picture ToPicture(Tensor x)
    {
        float[] values = [.. x[0].permute(1, 2, 0).contiguous().data<float>()];
        var picture = new Picture((int)x.shape[3], (int)x.shape[2], PixelFormat.Rgb);
        PixelRange.ToPixels(values, picture.Pixels);
        return picture;
    }
}
