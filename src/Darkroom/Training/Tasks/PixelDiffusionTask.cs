using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Trains a diffusion model on pixels, without conditions: denoising diffusion as Ho et al. 2020 (arXiv:2006.11239) did it.</summary>
/// <param name="network">Takes pictures and timesteps; stays the caller's.</param>
/// <param name="config">Its configuration in the diffusers layout; what is exported.</param>
/// <param name="objective">What it learns.</param>
public sealed class PixelDiffusionTask(UNet network, JsonObject config, TrainingObjective objective) : ITrainingTask<CaptionedPixels>
{
    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => network.named_parameters().Select(p => ("unet." + p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("unet", network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var draw = new DiffusionDraw(objective, PixelTensors.Stack(batch), random);
        return draw.Loss(network.Predict(draw.Noisy, draw.Timesteps)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate() => new Dictionary<string, double>();

    /// <inheritdoc/>
    public Picture? DrawSamples() => null;

    /// <summary>Writes <c>unet/</c> in the diffusers layout.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weights">The averaged weights.</param>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) =>
        ModelFolder.WriteComponent(Path.Combine(folder, "unet"), "diffusion_pytorch_model", config, network, weights, "unet.");
}
