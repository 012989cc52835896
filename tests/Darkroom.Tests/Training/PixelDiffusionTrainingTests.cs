using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Pipelines.Pixels;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;

namespace Darkroom.Tests.Training;

public class PixelDiffusionTrainingTests
{
    private static readonly PixelDiffusionTraining Tiny = new()
    {
        Training = new TrainingSettings
        {
            Steps = 16,
            BatchSize = 8,
            Optimiser = new OptimiserSettings { LearningRate = 1e-3 },
            Ema = new EmaSettings { Decay = 0.9 },
            Threads = 1,
            LogEvery = 1,
            SaveEvery = 100,
            SampleEvery = 16,
            EvaluateEvery = 8,
        },
        Unet = JsonNode.Parse("""
            { "in_channels": 3, "out_channels": 6, "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
              "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8,
              "resnet_time_scale_shift": "scale_shift" }
            """)!.AsObject(),
        Objective = new ObjectiveSettings
        {
            Kind = ObjectiveKind.Hybrid,
            Variance = VarianceType.LearnedRange,
            BetaSchedule = "squaredcos_cap_v2",
            Timesteps = 4,
        },
        Data = new DataSettings
        {
            Kind = DataKind.Emoji,
            Path = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji"),
            Edge = 8,
            Classes = ClassKind.Group,
            HoldOut = 0.05,
        },
        EvaluationPictures = 16,
        SampleSteps = 2,
    };

    // Property: with importance sampling, a training that is interrupted after the history is full and resumed ends with the same bytes as one that is not.
    [Fact]
    public void Importance_sampling_resumes_exactly()
    {
        using var whole = new TemporaryFolder();
        using var parts = new TemporaryFolder();
        var training = Tiny with { Objective = Tiny.Objective with { TimestepSampling = TimestepDistribution.LossSecondMoment } };
        Run(training, whole.Path);
        foreach (int stop in new[] { 4, 12, int.MaxValue }) Run(training, parts.Path, stop);
        var (a, b) = (new GoldenTensors(new RunFolder(whole.Path).LastCheckpoint!), new GoldenTensors(new RunFolder(parts.Path).LastCheckpoint!));
        Assert.Contains("task.timesteps.losses", a.Names);
        Assert.All(a.Doubles("task.timesteps.counts"), count => Assert.Equal(10, count));
        foreach (string name in a.Names) Assert.Equal(a[name].bytes.ToArray(), b[name].bytes.ToArray());
    }

    // Property: what is trained opens as a model with its classes, draws pictures of its size, and a class changes them.
    [Fact]
    public void The_model_that_is_written_can_be_sampled()
    {
        using var folder = new TemporaryFolder();
        Run(Tiny, folder.Path);
        var run = new RunFolder(folder.Path);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(run.Root, "samples")));
        Assert.Contains("loss", File.ReadLines(run.Evaluations).First());
        using var model = PixelDiffusion.Load(run.Model, new() { Precision = Darkroom.Runtime.Precision.Float32 });
        Assert.Equal(5, model.Classes.Count);
        Assert.True(model.HasNullClass);
        using var first = model.SampleTensor(new PixelRequest { Count = 3, Steps = 4, Classes = [2], Seed = 3 });
        using var other = model.SampleTensor(new PixelRequest { Count = 2, Steps = 4, Classes = [1], Seed = 4 });
        using var third = model.SampleTensor(new PixelRequest { Count = 1, Steps = 4, Classes = [2], Seed = 5 });
        Assert.Equal([3, 3, 8, 8], first.shape);
        Assert.True((first[2] - third[0]).abs().max().item<float>() < 1e-4, "picture k is that of seed + k");
        Assert.True((first[1] - other[0]).abs().max().item<float>() > 1e-4, "the class has no effect");
    }

    // Property: everything that doesn't fit is named at once, with what is allowed.
    [Fact]
    public void Impossible_configurations_are_refused_with_every_problem()
    {
        using var folder = new TemporaryFolder();
        var wrong = Tiny with
        {
            Objective = Tiny.Objective with { Variance = VarianceType.FixedLarge, Timesteps = 1 },
            ConditionDrop = 2,
            Data = Tiny.Data with { Edge = 9 },
        };
        var error = Assert.Throws<DarkroomException>(() => Run(wrong, folder.Path));
        foreach (string part in new[] { "objective.kind", "unet.out_channels", "Set it to 3", "objective.timesteps", "conditionDrop", "data.edge" })
            Assert.Contains(part, error.Message);

        var learned = Tiny with { Unet = With(Tiny.Unet, "out_channels", 3) };
        Assert.Contains("need 6", Assert.Throws<DarkroomException>(() => Run(learned, folder.Path)).Message);
        var super = Tiny with { SuperResolution = new SuperResolutionSettings { LowEdge = 3 } };
        var problems = Assert.Throws<DarkroomException>(() => Run(super, folder.Path)).Message;
        foreach (string part in new[] { "superResolution.lowEdge", "superResolution.largestNoise", "unet.in_channels", "data.classes" }) Assert.Contains(part, problems);
    }

    // Property: EDM trains and its model is sampled.
    [Fact]
    public void Edm_trains()
    {
        using var folder = new TemporaryFolder();
        Run(Tiny with { Continuous = new ContinuousObjectiveSettings(), Unet = With(Tiny.Unet, "out_channels", 3) }, folder.Path);
        using var model = PixelDiffusion.Load(new RunFolder(folder.Path).Model);
        using var pictures = model.SampleTensor(new PixelRequest { Count = 2, Sampler = "edm_euler", Steps = 3 });
        Assert.True(pictures.isfinite().all().item<bool>());
    }

    // Property: score models of all three equations train, and their models are sampled by the samplers of score models and by no others.
    [Theory]
    [InlineData(SdeKind.VariancePreserving)]
    [InlineData(SdeKind.SubVariancePreserving)]
    [InlineData(SdeKind.VarianceExploding)]
    public void Score_models_train(SdeKind kind)
    {
        using var folder = new TemporaryFolder();
        var score = new ScoreObjectiveSettings { Sde = kind };
        Run(Tiny with { Score = score, Unet = With(Tiny.Unet, "out_channels", 3), Training = Tiny.Training with { Steps = 3, SampleEvery = 0 } }, folder.Path);
        using var model = PixelDiffusion.Load(new RunFolder(folder.Path).Model);
        foreach (string sampler in new[] { "sde_euler_maruyama", "sde_reverse_diffusion", "sde_pc", "ode_rk45" })
        {
            using var pictures = model.SampleTensor(new PixelRequest { Count = 1, Sampler = sampler, Steps = 20 });
            Assert.True(pictures.isfinite().all().item<bool>(), sampler);
        }
        Assert.Contains("ode_rk45", Assert.Throws<DarkroomException>(() => model.SampleTensor(new PixelRequest { Sampler = "ddim" })).Message);
        var both = Tiny with { Score = score, Continuous = new ContinuousObjectiveSettings(), Unet = With(Tiny.Unet, "out_channels", 3) };
        Assert.Contains("one thing", Assert.Throws<DarkroomException>(() => Run(both, folder.Path)).Message);
    }

    private static JsonObject With(JsonObject json, string name, int value)
    {
        var changed = (JsonObject)json.DeepClone();
        changed[name] = value;
        return changed;
    }

    private static void Run(PixelDiffusionTraining training, string path, int stop = int.MaxValue)
    {
        using var cancel = new CancellationTokenSource();
        training.Run(new RunFolder(path), new Stopper(stop, cancel), cancel.Token);
    }

    private sealed class Stopper(int stop, CancellationTokenSource cancel) : ITrainingObserver
    {
        public void Progressed(TrainingProgress progress)
        {
            if (progress.Step >= stop) cancel.Cancel();
        }
    }
}
