using Darkroom.Imaging;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>A rough picture straight from latents, one pixel a latent: rgb = W z + b, far cheaper than the decoder.</summary>
internal static class LatentPreview
{
    // Linear fit of pixels on Stable Diffusion 1's scaled latents, as the field's programs publish it; rows are latent channels.
    private static readonly float[,] StableDiffusion1 =
    {
        { 0.3512f, 0.2297f, 0.3227f }, { 0.3250f, 0.4974f, 0.2350f }, { -0.2829f, 0.1762f, 0.2721f }, { -0.2120f, -0.2616f, -0.7177f },
    };

    /// <summary>The preview of [1, C, h, w]; for other than four channels, the first three stretched over the grey range.</summary>
    public static Picture Make(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var z = latents.to_type(ScalarType.Float32);
        var rgb = z.shape[1] == 4
            ? einsum("nchw,cr->nrhw", z, from_array(StableDiffusion1))
            : z.shape[1] >= 3 ? z.slice(1, 0, 3, 1) / 3 : z.slice(1, 0, 1, 1).expand(-1, 3, -1, -1) / 3;
        return PictureTensors.ToPicture(rgb);
    }
}
