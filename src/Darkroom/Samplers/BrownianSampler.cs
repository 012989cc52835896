using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>An SDE sampler whose step noise comes from a Brownian path over the plan's noise levels.</summary>
internal sealed class BrownianSampler(ISampler inner, IReadOnlyList<long> seeds) : ISampler
{
    public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
    {
        var levels = plan.BrownianLevels ?? [.. plan.Points.Select(point => point.Ratio)];
        var path = new BrownianNoise(noise, seeds, levels.Where(sigma => sigma > 0).Min(), levels.Max());
        return inner.Sample(denoiser, x, plan, path, after);
    }
}
