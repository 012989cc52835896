using Darkroom.Imaging;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>Between 8-bit pictures and what the autoencoder reads and writes: [1, 3, H, W] in [-1, 1].</summary>
internal static class PictureTensors
{
    /// <summary>x = 2 (pixel / 255) - 1, [1, 3, H, W], float32; an alpha channel is dropped. The caller owns it.</summary>
    public static Tensor ToTensor(Picture picture)
    {
        using var scope = NewDisposeScope();
        var x = Pixels(picture.Convert(PixelFormat.Rgb)).to_type(ScalarType.Float32) / 255f;
        return (2 * x - 1).permute(2, 0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>pixel = round_half_even(255 clamp(x / 2 + 0.5, 0, 1)) of the first item of [1, 3, H, W].</summary>
    public static Picture ToPicture(Tensor x)
    {
        using var scope = NewDisposeScope();
        var pixels = (x[0].to_type(ScalarType.Float32) / 2 + 0.5).clamp(0, 1).mul(255).round().to_type(ScalarType.Byte)
            .permute(1, 2, 0).contiguous().cpu();
        return new Picture((int)pixels.shape[1], (int)pixels.shape[0], PixelFormat.Rgb, pixels.bytes);
    }

    /// <summary>
    /// 1 where the mask is white (its grey value / 255 at least 0.5), else 0; [1, 1, H, W], float32. The caller owns it.
    /// </summary>
    public static Tensor ToBinaryMask(Picture mask)
    {
        using var scope = NewDisposeScope();
        return (Pixels(mask.Convert(PixelFormat.Grey)).to_type(ScalarType.Float32) / 255f).ge(0.5).to_type(ScalarType.Float32)
            .permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(Picture picture)
    {
        var pixels = empty([picture.Height, picture.Width, picture.Channels], ScalarType.Byte);
        pixels.bytes = picture.Pixels;
        return pixels;
    }
}
