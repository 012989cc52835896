using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>
/// Trains a diffusion model on pixels, with classes or without: denoising diffusion as Ho et al. 2020 (arXiv:2006.11239) and those after them did it.
/// </summary>
/// <remarks>
/// Draws per step: noise, noise levels, then for classes one uniform number for each sample, whose class is exchanged for the null class where it is below
/// the share (Ho and Salimans 2022, arXiv:2207.12598, algorithm 1). A super-resolution model draws its own noise last (<see cref="LowResolutionInput"/>).
/// </remarks>
public sealed class PixelDiffusionTask : ITrainingTask<CaptionedPixels>
{
    private readonly UNet _network;
    private readonly IPixelObjective _objective;
    private readonly PixelReports? _reports;

    /// <summary>A task without classes, evaluation and samples.</summary>
    /// <param name="network">Takes pictures and timesteps; stays the caller's.</param>
    /// <param name="config">Its configuration in the diffusers layout; what is exported.</param>
    /// <param name="objective">What it learns.</param>
    public PixelDiffusionTask(UNet network, JsonObject config, TrainingObjective objective)
        : this(network, new DiscretePixelObjective(objective), new PixelReports
        {
            HeldOut = [],
            Draw = () => null,
            Export = (folder, weights) =>
                ModelFolder.WriteComponent(Path.Combine(folder, "unet"), ModelFolder.DiffusersWeights, config, network, weights, "unet."),
        })
    {
    }

    internal PixelDiffusionTask(UNet network, IPixelObjective objective, PixelReports? reports = null) =>
        (_network, _objective, _reports) = (network, objective, reports);

    /// <summary>Share of the samples that are trained with the null class, the network's last; 0 for none.</summary>
    internal double ConditionDrop { get; init; }

    /// <summary>Whether the network takes classes.</summary>
    internal bool TakesClasses { get; init; }

    /// <summary>What a super-resolution model is given beside x; null for none.</summary>
    internal LowResolutionInput? LowResolution { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => _network.named_parameters().Select(p => ("unet." + p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("unet", _network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random) => Loss(batch, random, training: true);

    /// <summary>"loss": the objective on held-out pictures, with the same noise and noise levels each time.</summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        if (_reports is not { HeldOut.Count: > 0 }) return new Dictionary<string, double>();
        var random = new TorchGenerator(0);
        double sum = 0;
        foreach (var batch in _reports.HeldOut)
        {
            using var scope = NewDisposeScope();
            sum += Loss(batch, random, training: false).item<float>() * batch.Count;
        }
        return new Dictionary<string, double> { ["loss"] = sum / _reports.HeldOut.Sum(b => b.Count) };
    }

    /// <inheritdoc/>
    public Picture? DrawSamples() => _reports?.Draw();

    /// <inheritdoc/>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) => _reports?.Export(folder, weights);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> SaveState() => _objective.SaveState();

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state) => _objective.LoadState(state);

    private Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random, bool training)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var x0 = PixelTensors.Stack(batch);
        var draw = _objective.Draw(x0, random, training);
        var labels = TakesClasses ? Labels(batch, random, training) : null;
        var (input, extra) = LowResolution is { } low ? low.Beside(draw.Input, x0, random) : (draw.Input, new UnetConditioning { ClassLabels = labels });
        var (loss, items) = draw.Losses(_network.Predict(input, draw.Time, null, extra));
        if (training) _objective.Update(draw, items);
        return loss.MoveToOuterDisposeScope();
    }

    private Tensor Labels(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random, bool training)
    {
        long nullClass = _network.Config.NumClassEmbeds!.Value - 1;
        var uniform = new float[batch.Count];
        random.Rand(uniform);
        long[] labels = [.. batch.Select((sample, i) => training && uniform[i] < (float)ConditionDrop ? nullClass
            : sample.Class ?? throw new DarkroomException(ErrorKind.InvalidRequest, "A picture has no class.", "data.classes"))];
        return tensor(labels);
    }
}

/// <summary>What a training on pixels does besides training.</summary>
internal sealed record PixelReports
{
    /// <summary>Batches of pictures that aren't trained on.</summary>
    public required IReadOnlyList<IReadOnlyList<CaptionedPixels>> HeldOut { get; init; }

    /// <summary>Draws a sheet of samples.</summary>
    public required Func<Picture?> Draw { get; init; }

    /// <summary>Writes the model into a folder, with the averaged weights.</summary>
    public required Action<string, IReadOnlyDictionary<string, Tensor>> Export { get; init; }
}
