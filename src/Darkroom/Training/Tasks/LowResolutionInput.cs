using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>How a super-resolution model of a cascade is trained.</summary>
public sealed record SuperResolutionSettings
{
    /// <summary>Width and height of the small pictures; must divide the edge of the data.</summary>
    public required int LowEdge { get; init; }

    /// <summary>
    /// Noise conditioning augmentation: the small picture is noised to a timestep drawn from 0 .. this, which the network is told; default 300 of 1000, 0 for
    /// almost none.
    /// </summary>
    public int LargestNoise { get; init; } = 300;
}

/// <summary>What a super-resolution network is given beside x in training: the small picture, noised and enlarged.</summary>
/// <remarks>
/// Ho et al. 2021, "Cascaded diffusion models", arXiv:2106.15282, section 4.2 (non-truncated conditioning augmentation). The level of the noise is what the
/// network's class embedding gets. Draws per step: levels, then noise.
/// </remarks>
internal sealed class LowResolutionInput(ForwardProcess forward, SuperResolutionSettings settings)
{
    /// <summary>The network's input and what else it gets; tensors of the caller's dispose scope.</summary>
    /// <param name="input">[B, 3, H, H], x_t.</param>
    /// <param name="x0">[B, 3, H, H].</param>
    /// <param name="random">Where to draw.</param>
    public (Tensor Input, UnetConditioning Extra) Beside(Tensor input, Tensor x0, TorchGenerator random)
    {
        var levels = new long[x0.shape[0]];
        random.RandInt(levels, 0, settings.LargestNoise + 1);
        var small = LowResolution.Shrink(x0, settings.LowEdge);
        var timesteps = tensor(levels);
        var noised = forward.AddNoise(small, new TorchNoise(random).Next(small), timesteps);
        return (cat([input, LowResolution.Enlarge(noised, x0.shape[^1])], 1), new UnetConditioning { ClassLabels = timesteps });
    }
}
