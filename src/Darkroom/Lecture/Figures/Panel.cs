using System.Globalization;
using Darkroom.Lecture.Plane;
using ScottPlot;

namespace Darkroom.Lecture.Figures;

/// <summary>One plot of a figure, all in one style.</summary>
internal sealed class Panel : IDisposable
{
    private const float LabelSize = 13;

    /// <summary>An empty panel.</summary>
    /// <param name="title">Over it.</param>
    /// <param name="x">Below it; null for none.</param>
    /// <param name="y">Left of it; null for none.</param>
    public Panel(string title, string? x = null, string? y = null)
    {
        Plot = new Plot();
        Plot.Font.Set("DejaVu Sans"); // where it is installed; it has the Greek that titles use
        Plot.Title(title, 14);
        Plot.Axes.Title.Label.Bold = false;
        if (x is not null) Plot.XLabel(x, LabelSize);
        if (y is not null) Plot.YLabel(y, LabelSize);
        Plot.Axes.Bottom.Label.Bold = Plot.Axes.Left.Label.Bold = false;
        Plot.Grid.MajorLineColor = Color.FromHex("#ECECEC");
        Plot.Legend.FontSize = 12;
        Plot.Legend.SymbolWidth = 30;
        Plot.Legend.ShadowColor = Colors.Transparent;
        Plot.Legend.OutlineColor = Inks.Faint;
        Plot.HideLegend();
        Plot.Layout.Fixed(new PixelPadding(y is null ? 38 : 66, 22, x is null ? 28 : 48, 36)); // left, right, bottom, top
    }

    /// <summary>For what the methods here do not say.</summary>
    public Plot Plot { get; }

    /// <summary>The same square of the plane in every panel, so that panels can be compared.</summary>
    /// <param name="reach">From -reach to reach.</param>
    public Panel Plane(double reach)
    {
        Plot.Axes.SetLimits(-reach, reach, -reach, reach);
        return this;
    }

    /// <summary>A line.</summary>
    /// <param name="x">Where.</param>
    /// <param name="y">How high.</param>
    /// <param name="colour">Its colour.</param>
    /// <param name="name">For the legend; null for none.</param>
    /// <param name="pattern">Solid where null.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="marked">Whether the points are marked.</param>
    public Panel Line(double[] x, double[] y, Color colour, string? name = null, LinePattern? pattern = null, float width = 2, bool marked = false)
    {
        var line = Plot.Add.Scatter(x, y, colour);
        line.LineWidth = width;
        line.MarkerSize = marked ? 7 : 0;
        if (pattern is { } chosen) line.LinePattern = chosen;
        if (name is not null) line.LegendText = name;
        return this;
    }

    /// <summary>A cloud of points.</summary>
    public Panel Points(PlanePoints points, Color colour, string? name = null, float size = 3, double opacity = 0.6)
    {
        var cloud = Plot.Add.ScatterPoints(points.X, points.Y, colour.WithAlpha(opacity));
        cloud.MarkerSize = size;
        if (name is not null) cloud.LegendText = name;
        return this;
    }

    /// <summary>An arrow.</summary>
    public Panel Arrow(double x, double y, double toX, double toY, Color colour)
    {
        var arrow = Plot.Add.Arrow(new Coordinates(x, y), new Coordinates(toX, toY));
        arrow.ArrowFillColor = colour;
        arrow.ArrowLineColor = colour;
        arrow.ArrowLineWidth = 0;
        arrow.ArrowWidth = 1.4f;
        arrow.ArrowheadWidth = 5;
        arrow.ArrowheadLength = 5;
        arrow.ArrowheadAxisLength = 5;
        arrow.ArrowMinimumLength = 0;
        return this;
    }

    /// <summary>A picture within a rectangle of the panel.</summary>
    public Panel Picture(Imaging.Picture picture, double left, double right, double bottom, double top)
    {
        var image = new Image(picture.Encode());
        Plot.Add.ImageRect(image, new CoordinateRect(left, right, bottom, top)).AntiAlias = false;
        return this;
    }

    /// <summary>Words at a place, centred.</summary>
    public Panel Words(string text, double x, double y, float size = 12)
    {
        var words = Plot.Add.Text(text, x, y);
        words.LabelFontSize = size;
        words.LabelAlignment = Alignment.MiddleCenter;
        return this;
    }

    /// <summary>The names of lines and clouds, in a corner.</summary>
    public Panel Legend(Alignment corner)
    {
        Plot.ShowLegend(corner);
        return this;
    }

    /// <summary>Numbers of its own below the panel, such as powers of two on a logarithmic axis.</summary>
    /// <param name="values">Drawn at their logarithms to the base 10.</param>
    public Panel Logarithmic(params int[] values)
    {
        Plot.Axes.Bottom.SetTicks([.. values.Select(v => Math.Log10(v))], [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))]);
        return this;
    }

    /// <summary>Nothing but the title and what is drawn.</summary>
    public Panel WithoutAxes()
    {
        Plot.HideGrid();
        foreach (var axis in Plot.Axes.GetAxes())
        {
            axis.FrameLineStyle.Width = 0;
            axis.MajorTickStyle.Length = axis.MinorTickStyle.Length = 0;
            axis.TickLabelStyle.IsVisible = false;
        }
        Plot.Layout.Fixed(new PixelPadding(8, 8, 8, 36));
        return this;
    }

    /// <summary>The pixels.</summary>
    public Imaging.Picture Draw(int width, int height) =>
        Imaging.Picture.Decode(Plot.GetImageBytes(width, height, ImageFormat.Png)).Convert(Imaging.PixelFormat.Rgb);

    public void Dispose() => Plot.Dispose();
}
