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
    private readonly double _grounding;
    private readonly CrossAttentionRecorder _attention = new();

    /// <summary>A task on a network.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="conditioner">Makes contexts of words.</param>
    /// <param name="objective">What the network learns.</param>
    /// <param name="drop">Share of the samples that are trained without their words, in [0, 1].</param>
    /// <param name="reports">Evaluation, samples and export; null for none.</param>
    /// <param name="grounding">Weight of <see cref="GroundingLoss"/>; above 0, attention is read where samples have regions.</param>
    internal LatentDiffusionTask(
        UNet network, ITextConditioner conditioner, TrainingObjective objective, double drop, LatentDiffusionReports? reports = null, double grounding = 0)
    {
        (_network, _conditioner, _objective, _drop, _reports, _grounding) = (network, conditioner, objective, drop, reports, grounding);
        if (grounding > 0) network.AttentionProcessor = _attention;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights =>
        _network.named_parameters().Select(p => ("unet." + p.name, p.parameter)).Concat(_conditioner.Weights);

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [.. _conditioner.Networks, ("unet", _network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<LatentSample> batch, TorchGenerator random)
    {
        using var scope = NewDisposeScope();
        var (loss, grounding) = Losses(batch, random, _drop);
        return (grounding is { } term ? loss + _grounding * term.Loss : loss).MoveToOuterDisposeScope();
    }

    /// <summary>The objective, and how well the attention of words lies on their things where that is wanted and known.</summary>
    private (Tensor Objective, (Tensor Loss, Tensor Share)? Grounding) Losses(IReadOnlyList<LatentSample> batch, TorchGenerator random, double drop)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        var draw = new DiffusionDraw(_objective, Stack(batch), random);
        var uniform = new float[batch.Count];
        random.Rand(uniform);
        bool[] dropped = [.. uniform.Select(u => u < (float)drop)];
        var context = _conditioner.Context(batch, dropped);
        var truth = _grounding > 0 ? GroundingLoss.Of(batch, dropped) : null;
        if (truth is not null) _attention.Start();
        var loss = draw.Loss(_network.Predict(draw.Noisy, draw.Timesteps, context));
        return (loss, truth?.Of(_attention.Stop()));
    }

    /// <summary>
    /// On held-out pictures, with the same noise and timesteps each time: "loss", the objective; "loss_with_words" and "loss_without_words", what it is where no
    /// sample, and where every sample, is without its words. Their distance is what the network makes of the words: 0 where it does not read them. With a grounding
    /// loss also "words_on_things", the share of words' attention that lies on the things that they name.
    /// </summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        var values = new Dictionary<string, double>();
        if (_reports is null) return values;
        values["loss"] = HeldOut(_reports, _drop).Loss;
        (values["loss_with_words"], double? share) = HeldOut(_reports, 0);
        values["loss_without_words"] = HeldOut(_reports, 1).Loss;
        if (share is { } known) values["words_on_things"] = known;
        return values;
    }

    private (double Loss, double? Share) HeldOut(LatentDiffusionReports reports, double drop)
    {
        var random = new TorchGenerator(0);
        double sum = 0;
        double? share = null;
        foreach (var batch in reports.HeldOut)
        {
            using var scope = NewDisposeScope();
            var (loss, grounding) = Losses(batch, random, drop);
            sum += loss.item<float>();
            if (grounding is { } term) share = (share ?? 0) + term.Share.item<float>() / reports.HeldOut.Count;
        }
        return (sum / reports.HeldOut.Count, share);
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
