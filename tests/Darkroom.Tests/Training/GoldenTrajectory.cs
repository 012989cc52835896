using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Networks;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training;

/// <summary>One recorded training of the reference: its settings, batches, losses, and its weights before, after and averaged.</summary>
internal sealed class GoldenTrajectory(string name)
{
    private const double LossTolerance = 1e-4;
    private const double WeightTolerance = 2e-3;

    public JsonElement Json { get; } = GoldenData.Json($"training/{name}.json");

    public GoldenTensors Tensors { get; } = GoldenData.Tensors($"training/{name}.safetensors");

    public int Steps => Json.GetProperty("steps").GetInt32();

    public int Batch => Json.GetProperty("batch").GetInt32();

    public TrainingSettings Settings(OptimiserKind kind)
    {
        double[] rates = Doubles("learning_rate");
        return new TrainingSettings
        {
            Steps = Steps,
            BatchSize = Batch,
            Optimiser = kind == OptimiserKind.Adam
                ? new OptimiserSettings { Kind = kind, LearningRate = rates[^1], Beta1 = 0.5, Beta2 = 0.9, WeightDecay = 0 }
                : new OptimiserSettings { Kind = kind, LearningRate = rates[^1], WeightDecay = 0.01 },
            Schedule = new ScheduleSettings { WarmUpSteps = rates.Count(r => r < rates[^1]) + 1 },
            GradientClipNorm = Json.GetProperty("gradient_clip_norm").GetDouble(),
            Ema = new EmaSettings { Form = EmaForm.CompVis },
            Threads = 1, // as the reference: the order of sums matters to an optimiser that turns rounding noise into full steps
            Seed = Json.GetProperty("generator_seed").GetInt64(),
            LogEvery = 1,
            SampleEvery = 0,
            EvaluateEvery = 0,
        };
    }

    public double[] Doubles(string property) => [.. Json.GetProperty(property).EnumerateArray().Select(v => v.GetDouble())];

    /// <summary>The recorded configuration, which doesn't say which class it is of.</summary>
    public UnetConfig UnetConfig(string className)
    {
        var config = JsonNode.Parse(Json.GetProperty("config").GetRawText())!.AsObject();
        config["_class_name"] = className;
        using var document = JsonDocument.Parse(config.ToJsonString());
        return Darkroom.Networks.Unet.UnetConfig.FromJson(document.RootElement);
    }

    public void AssignInitialWeights(Network network)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var (key, weight) in network.state_dict()) weight.copy_(Tensors["init." + key]);
    }

    /// <summary>Trains through the real loop and compares losses, gradient norms, learning rates, final and averaged weights.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="settings">Of the recorded training.</param>
    /// <param name="batches">As recorded.</param>
    /// <param name="prefix">Before the names of weights.</param>
    /// <param name="comparable">
    /// How many steps can be compared on processors without the 512-bit vectors of the reference's; all and the weights if null. The gradient of an absolute error
    /// jumps where a pixel's error changes its sign, and Adam makes full steps of that: after some steps another rounding is another training.
    /// </param>
    public void Verify<TSample>(ITrainingTask<TSample> task, TrainingSettings settings, ISampleSequence<TSample> batches, string prefix, int? comparable = null)
    {
        int? until = Avx512F.IsSupported ? null : comparable;
        using var folder = new TemporaryFolder();
        var observer = new Recorder();
        new Trainer<TSample>(settings, task, batches, new RunFolder(folder.Path), observer).Run();

        double[] losses = Doubles("losses"), norms = Doubles("gradient_norms_before_clip"), rates = Doubles("learning_rate");
        Assert.Equal(losses.Length, observer.Reports.Count);
        for (int step = 0; step < (until ?? losses.Length); step++)
        {
            var report = observer.Reports[step];
            Assert.True(Math.Abs(report.Loss - losses[step]) <= LossTolerance * losses[step], $"step {step}: loss {report.Loss}, reference {losses[step]}");
            Assert.True(Math.Abs(report.GradientNorm - norms[step]) <= 10 * LossTolerance * norms[step], $"step {step}: norm {report.GradientNorm}, reference {norms[step]}");
            Assert.Equal(rates[step], report.LearningRate, 1e-12);
        }
        if (until is not null) return;
        CompareWeights(folder.Path, "weights." + prefix, "final.");
        CompareWeights(folder.Path, "average." + prefix, "ema.");
    }

    private void CompareWeights(string run, string ours, string theirs)
    {
        using var scope = NewDisposeScope();
        var saved = new GoldenTensors(new RunFolder(run).LastCheckpoint!);
        var names = Tensors.Names.Where(n => n.StartsWith(theirs, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            var reference = Tensors[name];
            double difference = (saved[ours + name[theirs.Length..]] - reference).norm().item<float>(), norm = reference.norm().item<float>();
            Assert.True(difference <= WeightTolerance * norm + 1e-7, $"{name}: differs by {difference / norm:G3} of its norm");
        }
    }
}

/// <summary>Recorded batches, one sample of the loop each.</summary>
internal sealed class RecordedBatches<TSample>(Func<int, TSample> batch, int count) : ISampleSequence<TSample>
{
    public TSample this[long position] => batch((int)Math.Min(position, count - 1));
}

/// <summary>Keeps every report.</summary>
internal sealed class Recorder : ITrainingObserver
{
    public List<TrainingProgress> Reports { get; } = [];

    public List<(long Step, IReadOnlyDictionary<string, double> Measures)> Evaluations { get; } = [];

    public List<long> Checkpoints { get; } = [];

    public System.Collections.Concurrent.ConcurrentBag<Problem> Warnings { get; } = [];

    public Action<long>? OnProgressed { get; init; }

    public void Progressed(TrainingProgress progress)
    {
        Reports.Add(progress);
        OnProgressed?.Invoke(progress.Step);
    }

    public void Evaluated(long step, IReadOnlyDictionary<string, double> measures) => Evaluations.Add((step, measures));

    public void Warned(Problem problem) => Warnings.Add(problem);

    public void Saved(long step, string path) => Checkpoints.Add(step);
}
