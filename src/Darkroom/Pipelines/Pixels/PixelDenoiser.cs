using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Networks.Unet;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>What a network of pixels is given besides x and time, for one batch.</summary>
internal sealed record PixelConditioning
{
    /// <summary>[B] classes, or noise levels of a super-resolution model; null for none.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>[B], the null class, for guidance; null for none.</summary>
    public Tensor? NullLabels { get; init; }

    /// <summary>s of classifier-free guidance.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>[B, 3, H, W] beside x: the enlarged picture of low resolution; null for none.</summary>
    public Tensor? Beside { get; init; }

    /// <summary>s grad log p(y | x), for samplers that have no form of their own; null for none.</summary>
    public Func<Tensor, NoisePoint, Tensor>? Gradient { get; init; }
}

/// <summary>A network of pixels as a denoiser, with classifier-free and, where the sampler leaves it, classifier guidance.</summary>
/// <param name="network">The UNet.</param>
/// <param name="process">What it was trained on.</param>
/// <param name="condition">Of this batch.</param>
internal sealed class PixelDenoiser(UNet network, PixelProcess process, PixelConditioning condition) : IDenoiser
{
    /// <inheritdoc/>
    public Prediction Predict(Tensor x, NoisePoint at)
    {
        using var scope = NewDisposeScope();
        var prediction = process.Predict((input, time) => Call(input, time, condition.Labels), x, at);
        if (condition.NullLabels is { } none && condition.Guidance != 1) prediction = Guide(prediction, none, x, at);
        if (condition.Gradient is { } gradient) prediction = Shift(prediction, gradient(x, at), x, at);
        return new(prediction.Denoised.MoveToOuterDisposeScope(), prediction.Epsilon.MoveToOuterDisposeScope(), prediction.Variance?.MoveToOuterDisposeScope());
    }

    // The variance stays that of the conditional call, as in GLIDE.
    private Prediction Guide(Prediction conditional, Tensor nullLabels, Tensor x, NoisePoint at)
    {
        var unconditional = process.Predict((input, time) => Call(input, time, nullLabels), x, at);
        return conditional with
        {
            Denoised = ClassifierFreeGuidance.Combine(unconditional.Denoised, conditional.Denoised, condition.Guidance),
            Epsilon = ClassifierFreeGuidance.Combine(unconditional.Epsilon, conditional.Epsilon, condition.Guidance),
        };
    }

    // The gradient is of log p at the variance-preserving x, which the classifier knows.
    private static Prediction Shift(Prediction prediction, Tensor gradient, Tensor x, NoisePoint at)
    {
        var epsilon = ClassifierGuidance.ShiftEpsilon(prediction.Epsilon, gradient, at.ToVariancePreserving());
        return prediction with { Epsilon = epsilon, Denoised = Parameterisation.Denoised(Schedules.PredictionType.Epsilon, epsilon, x, at) };
    }

    private Tensor Call(Tensor input, double time, Tensor? labels)
    {
        var times = full([input.shape[0]], time, ScalarType.Float32);
        var beside = condition.Beside is { } low ? cat([input, low.to(input.dtype)], 1) : input;
        return network.Predict(beside, times, null, labels is null ? null : new UnetConditioning { ClassLabels = labels });
    }
}
