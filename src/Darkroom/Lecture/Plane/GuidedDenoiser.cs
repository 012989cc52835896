using Darkroom.Diffusion;
using Darkroom.Guidance;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>Classifier-free guidance between two exact denoisers, in both forms of the prediction.</summary>
/// <remarks>
/// For exact denoisers it is classifier guidance too: grad log p(y | x) = grad log p(x | y) - grad log p(x), so that a classifier at scale s is guidance at 1 + s here.
/// </remarks>
/// <param name="unconditional">Of all data.</param>
/// <param name="conditional">Of the class.</param>
/// <param name="scale">0 unconditional, 1 conditional.</param>
internal sealed class GuidedDenoiser(IDenoiser unconditional, IDenoiser conditional, double scale) : IDenoiser
{
    public Prediction Predict(Tensor x, NoisePoint at)
    {
        using var scope = NewDisposeScope();
        var (free, guided) = (unconditional.Predict(x, at), conditional.Predict(x, at));
        return new(
            ClassifierFreeGuidance.Combine(free.Denoised, guided.Denoised, scale).MoveToOuterDisposeScope(),
            ClassifierFreeGuidance.Combine(free.Epsilon, guided.Epsilon, scale).MoveToOuterDisposeScope());
    }
}
