using Darkroom.Checkpoints;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;

namespace Darkroom.Pipelines;

/// <summary>Refuses checkpoints whose networks load well but want other inputs than this pipeline gives: their pictures would be noise.</summary>
internal static class SupportedModel
{
    /// <summary>One text encoder, no sizes and scores as conditions.</summary>
    /// <exception cref="DarkroomException">ModelMismatch.</exception>
    public static void CheckFamily(Checkpoint checkpoint)
    {
        bool large = checkpoint.Family is ModelFamily.StableDiffusionXl or ModelFamily.StableDiffusionXlRefiner
            || checkpoint.Components.ContainsKey("text_encoder_2");
        if (large)
        {
            throw new DarkroomException(ErrorKind.ModelMismatch, "Stable Diffusion XL is not supported yet: its UNet needs a second text encoder.",
                checkpoint.FilePath, "Use a checkpoint of Stable Diffusion 1 or 2.");
        }
    }

    /// <summary>The networks fit each other, and the UNet needs nothing but latents, time and text.</summary>
    /// <exception cref="DarkroomException">ModelMismatch, with every problem.</exception>
    public static void CheckNetworks(UnetConfig unet, AutoencoderConfig autoencoder, ClipTextConfig text, string path)
    {
        var problems = new List<Problem>();
        int latent = autoencoder.LatentChannels;
        if (unet.InChannels != latent && unet.InChannels != 2 * latent + 1)
        {
            Refuse($"A UNet with {unet.InChannels} input channels is not supported yet: they would be {latent} for latents, or {2 * latent + 1} for inpainting.");
        }
        if (unet.OutChannels != latent) Refuse($"The UNet gives {unet.OutChannels} channels, but the autoencoder decodes {latent}.");
        if (!unet.TakesContext) Refuse("The UNet takes no text.");
        else if (unet.CrossAttentionDim != text.HiddenSize)
            Refuse($"The UNet takes text of width {unet.CrossAttentionDim}, but the text encoder gives {text.HiddenSize}.");
        if (unet.AdditionTimeEmbedDim is not null) Refuse("A UNet with the picture's size as a condition is not supported yet.");
        if (unet.NumClassEmbeds is not null || unet.ClassEmbedType is not null) Refuse("A UNet with classes is not supported yet.");
        if (unet.TimeCondProjDim is not null) Refuse("A UNet with guidance as an input is not supported yet.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.ModelMismatch, problems);

        void Refuse(string what) => problems.Add(new Problem(what, path));
    }
}
