using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Imaging;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
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
        var x = new TorchNoise(0).Next(empty(Prompts.Count, unet.Config.InChannels, edge, edge));
        double[] alphaBar = objective.Schedule().AlphaBar.ToArray();
        for (int i = Steps; i > 0; i--)
        {
            int t = alphaBar.Length * i / Steps - 1, next = alphaBar.Length * (i - 1) / Steps - 1;
            x = Step(x, context, NoisePoint.VariancePreserving(t, alphaBar[t]), next < 0 ? new NoisePoint(0, 1, 0) : NoisePoint.VariancePreserving(next, alphaBar[next]));
        }
        return PictureSheet.Of(autoencoder.Decode(x), Columns);
    }

    private Tensor Step(Tensor x, Tensor context, NoisePoint at, NoisePoint to)
    {
        using var scope = NewDisposeScope();
        var output = unet.Predict(cat([x, x], dim: 0), tensor((float)at.Timestep).expand(2 * x.shape[0]), context);
        var prediction = Parameterisation.Predict(objective.Prediction, ClassifierFreeGuidance.Combine(output, Guidance), x, at);
        return (to.Alpha * prediction.Denoised + to.Sigma * prediction.Epsilon).MoveToOuterDisposeScope();
    }

    private Tensor Encode(IReadOnlyList<string> prompts)
    {
        long[] ids = [.. prompts.SelectMany(p => tokenizer.Row(p)).Select(id => (long)id)];
        return text.Encode(tensor(ids, [prompts.Count, tokenizer.RowLength])).LastHiddenState;
    }
}
