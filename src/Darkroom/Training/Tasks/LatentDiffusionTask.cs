using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Trains a text-conditional diffusion model on latents: latent diffusion, Rombach et al. 2022, arXiv:2112.10752.</summary>
/// <remarks>Draws per step: noise, timesteps, then one uniform number for each sample whose words are dropped where it is below the share.</remarks>
public sealed class LatentDiffusionTask : ITrainingTask<LatentSample>
{
    private readonly UNet _network;
    private readonly ITextConditioner _conditioner;
    private readonly TrainingObjective _objective;
    private readonly double _drop;
    private readonly LatentDiffusionReports? _reports;

    /// <summary>A task on a network.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="conditioner">Makes contexts of words.</param>
    /// <param name="objective">What the network learns.</param>
    /// <param name="drop">Share of the samples that are trained without their words, in [0, 1].</param>
    /// <param name="reports">Evaluation, samples and export; null for none.</param>
    internal LatentDiffusionTask(
        UNet network, ITextConditioner conditioner, TrainingObjective objective, double drop, LatentDiffusionReports? reports = null) =>
        (_network, _conditioner, _objective, _drop, _reports) = (network, conditioner, objective, drop, reports);

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights =>
        _network.named_parameters().Select(p => ("unet." + p.name, p.parameter)).Concat(_conditioner.Weights);

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [.. _conditioner.Networks, ("unet", _network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<LatentSample> batch, TorchGenerator random) => Loss(batch, random, _drop);

    private Tensor Loss(IReadOnlyList<LatentSample> batch, TorchGenerator random, double drop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var draw = new DiffusionDraw(_objective, Stack(batch), random);
        var uniform = new float[batch.Count];
        random.Rand(uniform);
        var context = _conditioner.Context(batch, [.. uniform.Select(u => u < (float)drop)]);
        return draw.Loss(_network.Predict(draw.Noisy, draw.Timesteps, context)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// On held-out pictures, with the same noise and timesteps each time: "loss", the objective; "loss_with_words" and "loss_without_words", what it is where no
    /// sample, and where every sample, is without its words. Their distance is what the network makes of the words: 0 where it does not read them.
    /// </summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        if (_reports is null) return new Dictionary<string, double>();
        return new Dictionary<string, double>
        {
            ["loss"] = HeldOutLoss(_reports, _drop),
            ["loss_with_words"] = HeldOutLoss(_reports, 0),
            ["loss_without_words"] = HeldOutLoss(_reports, 1),
        };
    }

    private double HeldOutLoss(LatentDiffusionReports reports, double drop)
    {
        var random = new TorchGenerator(0);
        double sum = 0;
        foreach (var batch in reports.HeldOut)
        {
            using var scope = NewDisposeScope();
            sum += Loss(batch, random, drop).item<float>();
        }
        return sum / reports.HeldOut.Count;
    }

    /// <inheritdoc/>
    public Picture? DrawSamples() => _reports?.Draw();

    /// <inheritdoc/>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) => _reports?.Export(folder, weights);

    private static Tensor Stack(IReadOnlyList<LatentSample> batch)
    {
        var first = batch[0];
        float[] values = [.. batch.SelectMany(s => s.Values)];
        return tensor(values, [batch.Count, first.Channels, first.Height, first.Width]);
    }
}

/// <summary>What a latent training does besides training.</summary>
internal sealed record LatentDiffusionReports
{
    /// <summary>Batches of pictures that aren't trained on.</summary>
    public required IReadOnlyList<IReadOnlyList<LatentSample>> HeldOut { get; init; }

    /// <summary>Draws a sheet of samples.</summary>
    public required Func<Picture?> Draw { get; init; }

    /// <summary>Writes the model into a folder.</summary>
    public required Action<string, IReadOnlyDictionary<string, Tensor>> Export { get; init; }
}
