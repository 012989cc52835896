using Darkroom.Imaging;

namespace Darkroom.Pipelines.Rules;

/// <summary>An inpainting checkpoint needs a mask: its UNet has inputs for it.</summary>
internal sealed class InpaintingModelRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (model.HasMaskInputs && request is not InpaintRequest)
        {
            yield return new Problem("This checkpoint is for inpainting: its UNet has 9 input channels, of which 5 are for the mask and the masked picture.",
                "model", "Use inpaint with a mask, or another checkpoint.");
        }
    }
}

/// <summary>Picture and mask must have the same size, and something must be masked.</summary>
internal sealed class MaskRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (request is not InpaintRequest inpaint) yield break;
        if ((inpaint.Mask.Width, inpaint.Mask.Height) != (inpaint.InitImage.Width, inpaint.InitImage.Height))
        {
            yield return new Problem(
                $"The mask has {inpaint.Mask.Width}x{inpaint.Mask.Height} pixels and the picture {inpaint.InitImage.Width}x{inpaint.InitImage.Height}.",
                "mask", "They must be of one size.");
        }
        if (!inpaint.Mask.Convert(PixelFormat.Grey).Pixels.ContainsAnyInRange((byte)128, (byte)255))
            yield return new Problem("The mask has no white part, so nothing would be made anew.", "mask", "Paint white what is to change.");
    }
}
