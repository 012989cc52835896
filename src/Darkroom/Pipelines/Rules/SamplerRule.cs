using Darkroom.Samplers;

namespace Darkroom.Pipelines.Rules;

/// <summary>Samplers that a pipeline can't use, or not for this task.</summary>
internal sealed class SamplerRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (SamplerRegistry.TryFind(request.Sampler) is not { } sampler) yield break;
        if (sampler.Method.EndsWith("InverseScheduler", StringComparison.Ordinal))
        {
            yield return new Problem($"{sampler.Name} goes from a picture to its noise, so it makes no pictures.", "sampler", "Use the sampler that it inverts.");
        }
        if (request is not TextToImageRequest && sampler.Method.EndsWith("dpm_adaptive", StringComparison.Ordinal))
        {
            yield return new Problem($"{sampler.Name} chooses its own steps, so it can't be entered in the middle, as a strength asks for.", "sampler",
                "Use DPM fast, or DPM++ 2M.");
        }
    }
}
