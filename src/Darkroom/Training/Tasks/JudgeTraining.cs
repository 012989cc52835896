using System.Text.Json.Nodes;
using Darkroom.Networks.Classifiers;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Everything about the training of a scene judge: <c>darkroom train judge</c>.</summary>
internal sealed record JudgeTraining
{
    private const long HeldOutSeed = 3_000_017;

    /// <summary>Steps, optimiser, schedule and reports.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>The network, as <see cref="SceneJudgeConfig"/> reads it; the number of objects is filled in.</summary>
    public required JsonObject Network { get; init; }

    /// <summary>What the judge may be used for.</summary>
    public required JudgeRole Role { get; init; }

    /// <summary>What is done to the pictures.</summary>
    public PictureDegradation Degradation { get; init; } = new();

    /// <summary>The scenes.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>Pictures for evaluation; default 512.</summary>
    public int EvaluationPictures { get; init; } = 512;

    /// <summary>Trains, or goes on training, in a folder.</summary>
    /// <param name="folder">Begun already.</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Steps done.</returns>
    /// <exception cref="DarkroomException">As of <see cref="Trainer{TSample}.Run"/>; also a configuration that isn't possible.</exception>
    public long Run(RunFolder folder, ITrainingObserver? observer, CancellationToken cancellation)
    {
        Training.Validate();
        if (Data.Kind != DataKind.Scenes) throw new DarkroomException(ErrorKind.InvalidRequest, "A judge learns from scenes alone.", "data.kind");
        if (Data.Edge < SceneJudge.CellEdge || Data.Edge % SceneJudge.CellEdge != 0)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"It must be a multiple of {SceneJudge.CellEdge}.", "data.edge");
        var config = SceneJudgeFolder.Describe(Network, Role);
        using var network = SceneJudge.Create(SceneJudgeConfig.FromJson(config.ToElement()), Training.Precision.ToScalarType());
        using (var generator = new Generator((ulong)Training.Seed)) network.InitialiseWeights(generator);

        var painter = new ScenePainter(Data.Path);
        var unseen = new SceneSource(HeldOutSeed, SceneSplit.HeldOut);
        var heldOut = Enumerable.Range(0, EvaluationPictures).Select(i =>
        {
            var pixels = new float[3 * Data.Edge * Data.Edge];
            painter.Paint(unseen[i], Data.Edge, pixels);
            return (unseen[i], pixels);
        });
        var task = new JudgeTask(network, config, Degradation, [.. heldOut]);
        return new Trainer<JudgeSample>(Training, task, new JudgeScenes(Training.Seed, painter, Data.Edge), folder, observer).Run(cancellation);
    }
}
