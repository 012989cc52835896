using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>How the network is called; nothing else of it is known here.</summary>
/// <param name="input">[N, C_in, h, w].</param>
/// <param name="timestep">What the time embedding gets.</param>
/// <param name="context">[N, L, D].</param>
/// <returns>[N, C, h, w] float32, the network's own prediction; it belongs to the caller's dispose scope.</returns>
internal delegate Tensor NetworkCall(Tensor input, double timestep, Tensor context);

/// <summary>
/// A text-conditional network as a denoiser: scales the input, appends the inpainting channels, evaluates without and with the condition, guides, and
/// turns the network's own prediction into x_0 hat and eps hat.
/// </summary>
/// <param name="network">The UNet.</param>
/// <param name="predicts">What it was trained to predict.</param>
/// <param name="conditioning">The prompts.</param>
/// <param name="guidance">How they act.</param>
/// <param name="extraChannels">[1, C', h, w] to append to the input (mask and masked picture of an inpainting network), or null.</param>
internal sealed class GuidedDenoiser(
    NetworkCall network, PredictionType predicts, PromptConditioning conditioning, GuidanceSettings guidance, Tensor? extraChannels = null) : IDenoiser
{
    private int _evaluation = -1;

    /// <inheritdoc/>
    public Prediction Predict(Tensor x, NoisePoint at)
    {
        using var scope = NewDisposeScope();
        _evaluation++;
        // c_in: the network knows the variance-preserving x, whatever the sampler's view is.
        double inputScale = 1 / Math.Sqrt(at.Alpha * at.Alpha + at.Sigma * at.Sigma);
        var input = Math.Abs(inputScale - 1) < 1e-12 ? x : x * inputScale;
        if (extraChannels is not null) input = cat([input, extraChannels], 1);

        var prompts = conditioning.Positive(_evaluation);
        bool guided = conditioning.HasNegative && guidance.ActsAt(_evaluation);
        var output = guided || PromptConditioning.IsComposed(prompts)
            ? Combined(input, at.Timestep, prompts, guided)
            : network(input, at.Timestep, prompts[0].Context);
        var prediction = Parameterisation.Predict(predicts, output, x, at);
        return new(prediction.Denoised.MoveToOuterDisposeScope(), prediction.Epsilon.MoveToOuterDisposeScope(), prediction.Variance?.MoveToOuterDisposeScope());
    }

    // eps_u + s sum_i w_i (eps_i - eps_u), with s = 1 where guidance does not act.
    private Tensor Combined(Tensor input, double timestep, IReadOnlyList<WeightedContext> prompts, bool guided)
    {
        int count = prompts.Count;
        var contexts = cat([conditioning.Negative(_evaluation), .. prompts.Select(p => p.Context)], 0);
        var outputs = network(input.expand(count + 1, -1, -1, -1), timestep, contexts);
        var unconditional = outputs[..1];
        var conditional = PromptConditioning.IsComposed(prompts)
            ? unconditional + prompts.Select((p, i) => p.Weight * (outputs[(i + 1)..(i + 2)] - unconditional)).Aggregate((a, b) => a + b)
            : outputs[1..2];
        if (!guided) return conditional;
        var combined = ClassifierFreeGuidance.Combine(unconditional, conditional, guidance.Scale);
        return guidance.Rescale == 0 ? combined : ClassifierFreeGuidance.Rescale(combined, conditional, guidance.Rescale);
    }
}
