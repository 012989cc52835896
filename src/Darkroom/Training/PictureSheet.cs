using Darkroom.Imaging;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Lays pictures out in rows and columns.</summary>
internal static class PictureSheet
{
    /// <summary>One picture of many.</summary>
    /// <param name="pictures">[N, 3, H, W] in [-1, 1]; not disposed.</param>
    /// <param name="columns">Pictures in a row.</param>
    public static Picture Of(Tensor pictures, int columns)
    {
        int count = (int)pictures.shape[0], height = (int)pictures.shape[2], width = (int)pictures.shape[3];
        using var interleaved = pictures.detach().cpu().to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous();
        float[] values = [.. interleaved.data<float>()];
        var bytes = new byte[3 * height * width];
        return PictureGrid.Of([.. Enumerable.Range(0, count).Select(i =>
        {
            PixelRange.ToPixels(values.AsSpan(i * bytes.Length, bytes.Length), bytes);
            return new Picture(width, height, PixelFormat.Rgb, bytes);
        })], columns);
    }
}
