using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Imaging;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Samplers;
using Darkroom.Text;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Draws the same prompts with the same noise again and again while a latent model learns.</summary>
/// <remarks>Deterministic DDIM (arXiv:2010.02502, eq. 12) over evenly spaced timesteps, with classifier-free guidance.</remarks>
internal sealed class SampleSheet(UNet unet, ClipTextEncoder text, AutoencoderKL autoencoder, ITextTokenizer tokenizer, ObjectiveSettings objective)
{
    private const int Columns = 8;

    public required IReadOnlyList<string> Prompts { get; init; }

    public required double Guidance { get; init; }

    public required int Steps { get; init; }

    /// <summary>One picture of all prompts.</summary>
    public Picture Draw()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var context = cat([Encode([.. Prompts.Select(_ => "")]), Encode(Prompts)], dim: 0);
        int edge = unet.Config.SampleSize ?? throw new DarkroomException(ErrorKind.InvalidRequest, "The UNet's sample_size is needed to draw samples.", "unet.sample_size");
        var noise = new TorchNoise(0);
        var start = noise.Next(empty(Prompts.Count, unet.Config.InChannels, edge, edge));
        var latents = new DdimSampler().Sample(new Guided(unet, context, Guidance, objective), start, Plan(), noise);
        return PictureSheet.Of(autoencoder.Decode(latents), Columns);
    }

    /// <summary>Evenly spaced timesteps from T - 1 down, then the clean picture.</summary>
    private SamplingPlan Plan()
    {
        double[] alphaBar = objective.Schedule().AlphaBar.ToArray();
        var steps = Enumerable.Range(0, Steps).Select(i => alphaBar.Length * (Steps - i) / Steps - 1);
        return new SamplingPlan
        {
            Points = [.. steps.Select(t => NoisePoint.VariancePreserving(t, alphaBar[t])), new NoisePoint(0, 1, 0)],
            InitialNoiseScale = 1,
        };
    }

    private Tensor Encode(IReadOnlyList<string> prompts)
    {
        long[] ids = [.. prompts.SelectMany(p => tokenizer.Row(p)).Select(id => (long)id)];
        return text.Encode(tensor(ids, [prompts.Count, tokenizer.RowLength])).LastHiddenState;
    }

    /// <summary>The network with classifier-free guidance, as a denoiser.</summary>
    private sealed class Guided(UNet unet, Tensor context, double scale, ObjectiveSettings objective) : IDenoiser
    {
        public Prediction Predict(Tensor x, NoisePoint at)
        {
            using var scope = NewDisposeScope();
            var output = unet.Predict(cat([x, x], dim: 0), tensor((float)at.Timestep).expand(2 * x.shape[0]), context);
            var prediction = Parameterisation.Predict(objective.Prediction, ClassifierFreeGuidance.Combine(output, scale), x, at);
            return new(prediction.Denoised.MoveToOuterDisposeScope(), prediction.Epsilon.MoveToOuterDisposeScope());
        }
    }
}
