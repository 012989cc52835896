namespace Darkroom.Pipelines.Rules;

/// <summary>What the rules need to know of the loaded model.</summary>
/// <param name="PixelsPerLatent">How many pixels a latent stands for along one side (8 for Stable Diffusion).</param>
/// <param name="HasMaskInputs">Whether the UNet was trained for inpainting, with inputs for mask and masked picture.</param>
/// <param name="TextLayers">Layers of the text encoder.</param>
internal sealed record ModelFacts(int PixelsPerLatent, bool HasMaskInputs, int TextLayers);

/// <summary>One reason to refuse a request. Adding one is a class and a line in <see cref="RequestRules"/>.</summary>
internal interface IRequestRule
{
    /// <summary>What is wrong, each with where and what to do; nothing where all is well.</summary>
    IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model);
}

/// <summary>All rules, applied together so that a person sees every problem at once.</summary>
internal static class RequestRules
{
    private static readonly IRequestRule[] All =
    [
        new CountRule(), new SeedRule(), new SizeRule(), new UpscaleRule(), new GuidanceRule(), new StrengthRule(), new ClipSkipRule(), new VariationRule(),
        new SamplerRule(), new InpaintingModelRule(), new MaskRule(),
    ];

    /// <summary>Every problem that any rule finds.</summary>
    public static IReadOnlyList<Problem> Check(GenerationRequest request, ModelFacts model) =>
        [.. All.SelectMany(rule => rule.Check(request, model))];
}
