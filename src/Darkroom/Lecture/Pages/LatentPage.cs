using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;

namespace Darkroom.Lecture.Pages;

/// <summary>Latent diffusion in miniature: pictures of a disc whose place is all that matters, so that two numbers are enough of a latent.</summary>
internal sealed class LatentPage() : LecturePage(9, "latent-diffusion", "Latent diffusion in miniature: pictures of 1024 pixels, diffused as two numbers and decoded.")
{
    private const int Edge = 32, Side = 4;
    private const double Reach = 2.6, Radius = 3.2;

    public override Picture Draw()
    {
        var data = PlaneData.Named("moons");
        var pictures = data.Sample(Side * Side, 4);
        using var network = PlaneNetwork.Train(data, PlaneRun.Schedule);
        var run = PlaneRun.From(network, new() { Sampler = "ddim", Steps = 50, Count = Side * Side, Seed = 6 });
        return new Figure().Row(340, Sheet("Pictures x, 1024 numbers each", pictures), Latents(data, run), Sheet("Decoded samples D(z_0)", run.Samples)).Draw();
    }

    private static Panel Latents(PlaneData data, PlaneRun run)
    {
        // What is trained on are the codes of pictures: their decoded discs are measured, not taken from the data.
        var codes = data.Sample(500, 1);
        var encoded = Enumerable.Range(0, codes.Count).Select(i => Encode(Decode(codes.X[i], codes.Y[i]))).ToList();
        var panel = new Panel("Latents z = E(x), and z_T to z_0").Points(new([.. encoded.Select(z => z.X)], [.. encoded.Select(z => z.Y)]), Inks.Faint, "E(x)", 3);
        for (int i = 0; i < run.Samples.Count; i++)
        {
            var way = run.Way(i);
            panel.Line(way.X, way.Y, Inks.Sky, width: 1);
        }
        return panel.Points(run.Path[0], Inks.Orange, "z_T", 6, 1).Points(run.Samples, Inks.Blue, "z_0", 6, 1).Plane(2.9).Legend(ScottPlot.Alignment.LowerRight);
    }

    private static Panel Sheet(string title, PlanePoints codes)
    {
        var panel = new Panel(title).WithoutAxes();
        panel.Plot.Axes.SetLimits(0, Side, 0, Side);
        for (int i = 0; i < codes.Count; i++)
        {
            int column = i % Side, row = Side - 1 - i / Side;
            panel.Picture(Decode(codes.X[i], codes.Y[i]), column + 0.03, column + 0.97, row + 0.03, row + 0.97);
        }
        return panel;
    }

    /// <summary>D: a disc with a soft edge at a place of the plane.</summary>
    private static Picture Decode(double x, double y)
    {
        var picture = new Picture(Edge, Edge, PixelFormat.Grey);
        double centreX = (x / Reach + 1) / 2 * Edge, centreY = (1 - y / Reach) / 2 * Edge;
        for (int row = 0; row < Edge; row++)
        {
            for (int column = 0; column < Edge; column++)
            {
                double distance = Math.Sqrt(Math.Pow(column + 0.5 - centreX, 2) + Math.Pow(row + 0.5 - centreY, 2));
                picture.Row(row)[column] = (byte)Math.Round(235 * Math.Clamp(Radius + 0.5 - distance, 0, 1) + 20);
            }
        }
        return picture;
    }

    /// <summary>E: the disc's centre of light.</summary>
    private static (double X, double Y) Encode(Picture picture)
    {
        double light = 0, x = 0, y = 0;
        for (int row = 0; row < Edge; row++)
        {
            for (int column = 0; column < Edge; column++)
            {
                double value = picture.Row(row)[column] - 20;
                (light, x, y) = (light + value, x + value * (column + 0.5), y + value * (row + 0.5));
            }
        }
        return ((2 * x / light / Edge - 1) * Reach, (1 - 2 * y / light / Edge) * Reach);
    }
}
