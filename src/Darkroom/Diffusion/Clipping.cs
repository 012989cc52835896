using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>Ways of keeping x_0 hat in the range of the data; for pixel models, never for latents.</summary>
public static class Clipping
{
    /// <summary>Clips to [-range, range].</summary>
    /// <param name="denoised">Any shape; not disposed.</param>
    /// <param name="range">Above 0; 1 for pictures in [-1, 1].</param>
    public static Tensor Clip(Tensor denoised, double range = 1) => denoised.clamp(-range, range);

    /// <summary>
    /// Dynamic thresholding: s = the given quantile of |x_0| per item, held within [1, largest]; x_0 is clipped to [-s, s] and divided by s.
    /// </summary>
    /// <remarks>
    /// Saharia et al. 2022 (Imagen), arXiv:2205.11487, sec. 2.3. The quantile interpolates linearly and is computed in float32 at least.
    /// </remarks>
    /// <param name="denoised">[B, ...]; not disposed.</param>
    /// <param name="ratio">The quantile, 0 .. 1, 0.995 in diffusers.</param>
    /// <param name="largest">The largest s; 1 makes this the plain clip to [-1, 1].</param>
    public static Tensor DynamicThreshold(Tensor denoised, double ratio = 0.995, double largest = 1)
    {
        using var scope = NewDisposeScope();
        var wide = denoised.dtype is ScalarType.Float32 or ScalarType.Float64 ? denoised : denoised.to(ScalarType.Float32);
        var threshold = PerItem.Column(quantile(wide.flatten(1).abs(), tensor(ratio, wide.dtype, wide.device), dim: 1).clamp(1, Math.Max(largest, 1)), wide);
        return (minimum(maximum(wide, -threshold), threshold) / threshold).to(denoised.dtype).MoveToOuterDisposeScope();
    }
}
