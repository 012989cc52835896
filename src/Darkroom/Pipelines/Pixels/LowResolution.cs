using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>Sizes of a cascade: how pictures are made small, and how small ones are laid beside x for a super-resolution network.</summary>
internal static class LowResolution
{
    /// <summary>[B, C, edge, edge]: the mean over squares.</summary>
    /// <param name="pictures">[B, C, H, H], H a multiple of the edge.</param>
    /// <param name="edge">Of the result.</param>
    public static Tensor Shrink(Tensor pictures, int edge) => nn.functional.avg_pool2d(pictures, pictures.shape[^1] / edge);

    /// <summary>[B, C, edge, edge]: bilinear, corners not aligned, as guided-diffusion's SuperResModel.</summary>
    public static Tensor Enlarge(Tensor pictures, long edge) =>
        nn.functional.interpolate(pictures, size: [edge, edge], mode: InterpolationMode.Bilinear, align_corners: false);
}
