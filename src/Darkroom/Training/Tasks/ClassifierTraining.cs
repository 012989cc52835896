using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Networks.Blocks;
using Darkroom.Networks.Classifiers;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Everything about the training of a classifier of noised pictures: <c>darkroom train classifier</c>.</summary>
public sealed record ClassifierTraining
{
    /// <summary>Steps, optimiser, schedule and reports.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>
    /// The network: the names of diffusers' config.json for UNet2DModel for its blocks, and pool (attention, adaptive, spatial, spatial_v2) and pool_head_dim;
    /// num_classes and sample_size are filled in.
    /// </summary>
    public required JsonObject Network { get; init; }

    /// <summary>Factor of the widths in <see cref="Network"/>, rounded to whole groups of the norms; default 1.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The process that pictures are noised by: that of the model to be guided. Only its schedule is used.</summary>
    public ObjectiveSettings Process { get; init; } = new() { BetaSchedule = "linear", BetaStart = 1e-4, BetaEnd = 0.02 };

    /// <summary>The pictures, with classes.</summary>
    public DataSettings Data { get; init; } = new() { Kind = DataKind.Emoji, Edge = 32, Classes = ClassKind.Group };

    /// <summary>Pictures for evaluation, at most; default 256.</summary>
    public int EvaluationPictures { get; init; } = 256;

    /// <summary>Trains, or goes on training, in a folder.</summary>
    /// <param name="folder">Begun already.</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Steps done.</returns>
    /// <exception cref="DarkroomException">As of <see cref="Trainer{TSample}.Run"/>; also a configuration that isn't possible.</exception>
    public long Run(RunFolder folder, ITrainingObserver? observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Training.Validate();
        var data = TrainingPictures.Open(Data, Training.Seed, observer is null ? null : observer.Warned);
        if (data.Classes.Count < 2)
            throw new DarkroomException(ErrorKind.InvalidRequest, "A classifier needs pictures with two classes or more.", "data.classes", "Set it to group, subgroup or object of the emoji, or folder of a folder.");
        var json = Complete(data.Classes);
        using var network = new EncoderUnet(EncoderUnetConfig.FromJson(json.ToElement()), Training.Precision.ToScalarType()) { AttentionProcessor = new UnfusedAttention() };
        using (var generator = new Generator((ulong)Training.Seed)) network.InitialiseWeights(generator);
        network.train();
        var heldOut = data.TakeHeldOut(EvaluationPictures).Chunk(64).Select(batch => (IReadOnlyList<CaptionedPixels>)batch).ToList();
        var task = new ClassifierTask(network, new ForwardProcess(Process.Schedule()), heldOut, (path, weights) =>
            ModelFolder.WriteComponent(Path.Combine(path, "classifier"), ModelFolder.DiffusersWeights, json, network, weights, "classifier."));
        return new Trainer<CaptionedPixels>(Training, task, data.Training, folder, observer).Run(cancellation);
    }

    private JsonObject Complete(IReadOnlyList<string> classes)
    {
        if (!(Scale > 0 && Scale <= 64)) throw new DarkroomException(ErrorKind.InvalidRequest, $"It is {Scale}, but must be above 0 and up to 64.", "scale");
        var json = (JsonObject)Network.DeepClone();
        json["_class_name"] = "UNet2DModel";
        json["sample_size"] = Data.Edge;
        json["num_classes"] = classes.Count;
        json[ClassNames.Key] = ClassNames.ToJson(classes);
        if (Scale != 1 && json["block_out_channels"] is JsonArray widths)
        {
            int step = Math.Max((int?)json["norm_num_groups"] ?? 32, (int?)json["attention_head_dim"] ?? 1);
            json["block_out_channels"] = new JsonArray([.. widths.Select(w => (JsonNode)(Math.Max(1, (int)Math.Round((int)w! * Scale / step)) * step))]);
        }
        return json;
    }
}
