using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>Keeps x_0 hat in the range of pixels: x_0 hat := clamp(x_0 hat, -r, r), or dynamic thresholding.</summary>
/// <remarks>
/// See <see cref="Clipping"/>. Not for latents, which have no range.
/// </remarks>
public sealed record DenoisedLimit
{
    /// <summary>r of clipping, 1 for pixels in [-1, 1]; not used where <see cref="Quantile"/> is set.</summary>
    public double Range { get; init; } = 1;

    /// <summary>q of dynamic thresholding, in (0, 1]; null (the default) clips.</summary>
    public double? Quantile { get; init; }

    /// <summary>Largest s of dynamic thresholding (diffusers: sample_max_value).</summary>
    public double Maximum { get; init; } = 1;

    /// <summary>
    /// Whether eps hat is made to fit the limited x_0 hat (OpenAI's DDIM; diffusers: use_clipped_model_output).
    /// Otherwise the limited x_0 hat goes with the network's own eps hat, as in diffusers' DDIM.
    /// </summary>
    public bool RederiveEpsilon { get; init; } = true;

    internal Prediction Apply(Prediction prediction, Tensor x, NoisePoint at)
    {
        var denoised = Quantile is { } q ? Clipping.DynamicThreshold(prediction.Denoised, q, Maximum) : Clipping.Clip(prediction.Denoised, Range);
        var epsilon = RederiveEpsilon && at.Sigma > 0 ? Parameterisation.EpsilonOf(denoised, x, at) : prediction.Epsilon;
        return prediction with { Denoised = denoised, Epsilon = epsilon };
    }
}
