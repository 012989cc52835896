using Darkroom.Imaging;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Lays pictures out in rows and columns.</summary>
internal static class PictureSheet
{
    private const int Gap = 2;

    /// <summary>One picture of many.</summary>
    /// <param name="pictures">[N, 3, H, W] in [-1, 1]; not disposed.</param>
    /// <param name="columns">Pictures in a row.</param>
    public static Picture Of(Tensor pictures, int columns)
    {
        int count = (int)pictures.shape[0], height = (int)pictures.shape[2], width = (int)pictures.shape[3];
        int rows = (count + columns - 1) / columns;
        var sheet = new Picture(columns * (width + Gap) - Gap, rows * (height + Gap) - Gap, PixelFormat.Rgb);
        sheet.Pixels.Fill(255);
        using var interleaved = pictures.detach().cpu().to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous();
        float[] values = [.. interleaved.data<float>()];
        var bytes = new byte[3 * height * width];
        for (int i = 0; i < count; i++)
        {
            PixelRange.ToPixels(values.AsSpan(i * bytes.Length, bytes.Length), bytes);
            sheet.Paste(new Picture(width, height, PixelFormat.Rgb, bytes), i % columns * (width + Gap), i / columns * (height + Gap));
        }
        return sheet;
    }
}
