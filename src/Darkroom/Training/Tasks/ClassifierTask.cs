using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Classifiers;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Trains a classifier of noised pictures: the cross-entropy of log p(y | x_t, t), t uniform.</summary>
/// <remarks>
/// Dhariwal and Nichol 2021, arXiv:2105.05233, section 4; guided-diffusion's classifier_train.py with --noised True. Draws per step: noise, then timesteps.
/// </remarks>
/// <param name="network">Stays the caller's.</param>
/// <param name="forward">The process that pictures are noised by; the same as that of the model to be guided.</param>
/// <param name="heldOut">Batches of pictures that aren't trained on.</param>
/// <param name="export">Writes the classifier into a folder, with the averaged weights.</param>
internal sealed class ClassifierTask(
    EncoderUnet network, ForwardProcess forward, IReadOnlyList<IReadOnlyList<CaptionedPixels>> heldOut, Action<string, IReadOnlyDictionary<string, Tensor>> export)
    : ITrainingTask<CaptionedPixels>
{
    /// <summary>Shares of T at which evaluation measures the accuracy.</summary>
    private static readonly double[] Levels = [0, 0.25, 0.5, 0.75];

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => network.named_parameters().Select(p => ("classifier." + p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("classifier", network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var x0 = PixelTensors.Stack(batch);
        var noise = new TorchNoise(random).Next(x0);
        var steps = new long[batch.Count];
        random.RandInt(steps, 0, forward.Schedule.Count);
        var timesteps = tensor(steps);
        var logits = network.Predict(forward.AddNoise(x0, noise, timesteps), timesteps);
        return nn.functional.cross_entropy(logits, Labels(batch)).MoveToOuterDisposeScope();
    }

    /// <summary>"accuracy_0", "accuracy_25", ...: share of held-out pictures of which the likeliest class is right, at that percentage of T, with the same noise each time.</summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        var measures = new Dictionary<string, double>();
        if (heldOut.Count == 0) return measures;
        foreach (double level in Levels)
        {
            var noise = new TorchNoise(0);
            double right = 0, count = 0;
            foreach (var batch in heldOut)
            {
                using var scope = NewDisposeScope();
                var x0 = PixelTensors.Stack(batch);
                var timesteps = full([batch.Count], (long)(level * forward.Schedule.Count), ScalarType.Int64);
                var noised = level == 0 ? x0 : forward.AddNoise(x0, noise.Next(x0), timesteps);
                right += network.Predict(noised, timesteps).argmax(1).eq(Labels(batch)).sum().item<long>();
                count += batch.Count;
            }
            measures[FormattableString.Invariant($"accuracy_{100 * level:0}")] = right / count;
        }
        return measures;
    }

    /// <inheritdoc/>
    public Picture? DrawSamples() => null;

    /// <inheritdoc/>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) => export(folder, weights);

    private static Tensor Labels(IReadOnlyList<CaptionedPixels> batch) => tensor(batch.Select(s => (long)(s.Class
        ?? throw new DarkroomException(ErrorKind.InvalidRequest, "A picture has no class.", "data.classes"))).ToArray());
}
