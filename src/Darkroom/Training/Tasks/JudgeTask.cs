using System.Text.Json.Nodes;
using Darkroom.Imaging;
using Darkroom.Networks.Classifiers;
using Darkroom.Runtime;
using Darkroom.Training.Data.Scenes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Trains a scene judge: the mean cross-entropy of the decided cells of degraded scenes.</summary>
/// <param name="network">Stays the caller's.</param>
/// <param name="config">What is exported as config.json.</param>
/// <param name="degradation">What is done to the pictures.</param>
/// <param name="heldOut">Clean scenes that aren't trained on, with their pictures.</param>
internal sealed class JudgeTask(
    SceneJudge network, JsonObject config, PictureDegradation degradation, IReadOnlyList<(Scene Scene, float[] Pixels)> heldOut) : ITrainingTask<JudgeSample>
{
    private const int Batch = 64;
    private const int SheetColumns = 8;

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => network.named_parameters().Select(p => (p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("judge", network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<JudgeSample> batch, TorchGenerator random)
    {
        using var scope = NewDisposeScope();
        var pictures = degradation.Apply(Stack([.. batch.Select(s => s.Pixels)]), random);
        var logits = network.Logits(pictures);
        var labels = tensor(batch.SelectMany(s => s.Cells).ToArray(), [batch.Count, logits.shape[2], logits.shape[3]]);
        return nn.functional.cross_entropy(logits, labels, ignore_index: CellLabels.Undecided).MoveToOuterDisposeScope();
    }

    /// <summary>"single": share of single objects named right; "both": share of pairs of which both are found; on clean held-out scenes.</summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        var tallies = new Dictionary<string, (int Right, int Count)>();
        foreach (var chunk in heldOut.Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var judgements = network.Judge(Stack([.. chunk.Select(h => h.Pixels)]));
            foreach (var ((scene, _), judgement) in chunk.Zip(judgements))
            {
                string name = scene.Objects.Count == 1 ? "single" : "both";
                bool right = scene.Objects.Count == 1
                    ? judgement.Strongest == scene.Objects[0].Object
                    : scene.Objects.All(o => judgement.IsFound(o.Object));
                var (rights, count) = tallies.GetValueOrDefault(name);
                tallies[name] = (rights + (right ? 1 : 0), count + 1);
            }
        }
        return tallies.ToDictionary(t => t.Key, t => (double)t.Value.Right / t.Value.Count);
    }

    /// <summary>Held-out pictures, degraded as those are that it is trained on.</summary>
    public Picture? DrawSamples()
    {
        if (heldOut.Count == 0) return null;
        using var scope = NewDisposeScope();
        var clean = Stack([.. heldOut.Take(SheetColumns * SheetColumns).Select(h => h.Pixels)]);
        var degraded = degradation.Apply(clean, new TorchGenerator(0));
        return PictureSheet.Of(degraded, SheetColumns);
    }

    /// <summary>Writes the judge.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="weights">The averaged weights.</param>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) => SceneJudgeFolder.Write(folder, config, weights);

    private static Tensor Stack(IReadOnlyList<float[]> pictures)
    {
        int edge = (int)Math.Sqrt(pictures[0].Length / 3);
        return tensor(pictures.SelectMany(p => p).ToArray(), [pictures.Count, 3, edge, edge]);
    }
}
