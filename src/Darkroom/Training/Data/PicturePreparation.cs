using System.Text.RegularExpressions;
using Darkroom.Imaging;

namespace Darkroom.Training.Data;

/// <summary>Brings a picture of any size to a square of numbers: short side to the edge, square cut out, perhaps mirrored.</summary>
internal static partial class PicturePreparation
{
    /// <param name="picture">Any size and format; transparency is laid on white.</param>
    /// <param name="caption">Its words.</param>
    /// <param name="settings">Edge, crop and flip.</param>
    /// <param name="random">Decides place and flip.</param>
    public static CaptionedPixels Prepare(Picture picture, string caption, DataSettings settings, ref SampleRandom random)
    {
        int edge = settings.Edge;
        var opaque = OnWhite(picture);
        double scale = (double)edge / Math.Min(opaque.Width, opaque.Height);
        int width = Math.Max(edge, (int)Math.Round(opaque.Width * scale)), height = Math.Max(edge, (int)Math.Round(opaque.Height * scale));
        var resized = opaque.Width == width && opaque.Height == height ? opaque : opaque.Resize(width, height);
        int left = settings.RandomCrop ? random.Below(width - edge + 1) : (width - edge) / 2;
        int top = settings.RandomCrop ? random.Below(height - edge + 1) : (height - edge) / 2;
        bool mirrored = settings.Flip && random.Below(2) == 1;
        var square = resized.Crop(left, top, left + edge, top + edge);
        return new CaptionedPixels(Planes(square, mirrored), edge, edge, mirrored ? Mirror(caption) : caption);
    }

    /// <summary>Exchanges the words left and right, keeping their case.</summary>
    public static string Mirror(string caption) => Sides().Replace(caption, match => match.Value switch
    {
        "left" => "right",
        "right" => "left",
        "Left" => "Right",
        "Right" => "Left",
        "LEFT" => "RIGHT",
        _ => "LEFT",
    });

    [GeneratedRegex(@"\b(left|right|Left|Right|LEFT|RIGHT)\b")]
    private static partial Regex Sides();

    private static float[] Planes(Picture square, bool mirrored)
    {
        int edge = square.Width, plane = edge * edge;
        var values = new float[3 * plane];
        PixelRange.ToUnit(square.Pixels, values);
        var planes = new float[3 * plane];
        for (int y = 0; y < edge; y++)
            for (int x = 0; x < edge; x++)
                for (int channel = 0; channel < 3; channel++)
                    planes[channel * plane + y * edge + (mirrored ? edge - 1 - x : x)] = values[3 * (y * edge + x) + channel];
        return planes;
    }

    private static Picture OnWhite(Picture picture)
    {
        if (picture.Format != PixelFormat.Rgba) return picture.Convert(PixelFormat.Rgb);
        var result = new Picture(picture.Width, picture.Height, PixelFormat.Rgb);
        Span<byte> from = picture.Pixels, to = result.Pixels;
        for (int i = 0, o = 0; i < from.Length; i += 4, o += 3)
        {
            int alpha = from[i + 3];
            for (int channel = 0; channel < 3; channel++) to[o + channel] = (byte)((from[i + channel] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
        return result;
    }
}
