using Darkroom.Imaging;

namespace Darkroom.Lecture.Figures;

/// <summary>Rows of panels, each row as wide as the figure.</summary>
internal sealed class Figure
{
    /// <summary>Width of every figure in pixels.</summary>
    public const int Width = 960;

    private readonly List<(int Height, Panel[] Panels)> _rows = [];

    /// <summary>Adds a row; the figure disposes its panels when it is drawn.</summary>
    public Figure Row(int height, params Panel[] panels)
    {
        _rows.Add((height, panels));
        return this;
    }

    /// <summary>The whole figure.</summary>
    public Picture Draw()
    {
        var figure = new Picture(Width, _rows.Sum(r => r.Height), PixelFormat.Rgb);
        figure.Pixels.Fill(255);
        int top = 0;
        foreach (var (height, panels) in _rows)
        {
            for (int i = 0; i < panels.Length; i++)
            {
                using var panel = panels[i];
                int left = i * Width / panels.Length;
                figure.Paste(panel.Draw((i + 1) * Width / panels.Length - left, height), left, top);
            }
            top += height;
        }
        return figure;
    }
}
