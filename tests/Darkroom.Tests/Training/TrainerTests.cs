using System.Text.Json.Nodes;
using Darkroom.Imaging;
using Darkroom.Networks.Autoencoders;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Tests.Runtime;
using Darkroom.Training;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;
using Darkroom.Training.Tasks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training;

public class TrainerTests
{
    private static readonly TrainingSettings Short = new()
    {
        Steps = 12,
        BatchSize = 2,
        Accumulation = 2,
        Optimiser = new OptimiserSettings { LearningRate = 1e-3 },
        Schedule = new ScheduleSettings { Shape = LearningRateShape.Cosine, WarmUpSteps = 3 },
        Ema = new EmaSettings { Decay = 0.99 },
        Threads = 1,
        Seed = 5,
        LogEvery = 1,
        SaveEvery = 4,
        SampleEvery = 0,
        EvaluateEvery = 6,
    };

    // Property: a training that is interrupted and resumed, even twice, ends with the same bytes (weights, average, optimiser, random generator, place in
    // the data) and the same log as one that is not, in float32 and in bfloat16.
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void Resumed_equals_uninterrupted_bit_for_bit(Precision precision)
    {
        using var whole = new TemporaryFolder();
        using var parts = new TemporaryFolder();
        var settings = Short with { Precision = precision };
        Train(whole.Path, settings);
        foreach (int stop in new[] { 3, 7, int.MaxValue })
        {
            using var cancel = new CancellationTokenSource();
            Train(parts.Path, settings, new Recorder { OnProgressed = step => { if (step >= stop) cancel.Cancel(); } }, cancel.Token);
        }
        var (a, b) = (new RunFolder(whole.Path), new RunFolder(parts.Path));
        AssertSameState(a.LastCheckpoint!, b.LastCheckpoint!);
        Assert.Equal(File.ReadAllBytes(Path.Combine(a.Model, "vae", "diffusion_pytorch_model.safetensors")),
            File.ReadAllBytes(Path.Combine(b.Model, "vae", "diffusion_pytorch_model.safetensors")));
        Assert.Equal(Columns(a.Log), Columns(b.Log));
        Assert.Equal(File.ReadAllText(a.Evaluations), File.ReadAllText(b.Evaluations));
    }

    // Property: the learning rate is a function of the step, not of when training was resumed.
    [Fact]
    public void The_learning_rate_is_what_the_schedule_says()
    {
        var settings = Short with { Steps = 103, Schedule = new ScheduleSettings { Shape = LearningRateShape.Cosine, WarmUpSteps = 3, FinalShare = 0.1 } };
        Assert.Equal(1e-3 / 3, LearningRate.At(settings, 0), 1e-15);
        Assert.Equal(1e-3, LearningRate.At(settings, 2), 1e-15);
        Assert.Equal(1e-3, LearningRate.At(settings, 3), 1e-15);
        Assert.Equal(1e-3 * 0.55, LearningRate.At(settings, 53), 1e-15);
        Assert.Equal(1e-4, LearningRate.At(settings, 103), 1e-15);
        var linear = settings with { Schedule = settings.Schedule with { Shape = LearningRateShape.Linear } };
        Assert.Equal(1e-3 * (1 - 0.9 * 0.25), LearningRate.At(linear, 28), 1e-15);
        Assert.Equal(1e-3, LearningRate.At(settings with { Schedule = new ScheduleSettings() }, 99), 1e-15);
        var coolDown = settings with { Schedule = new ScheduleSettings { WarmUpSteps = 3, CoolDownSteps = 64, FinalShare = 0.1 } };
        Assert.Equal(1e-3, LearningRate.At(coolDown, 39), 1e-15);
        Assert.Equal(1e-3 * (0.1 + 0.9 * 0.5), LearningRate.At(coolDown, 39 + 16), 1e-15);
        Assert.Equal(1e-4, LearningRate.At(coolDown, 103), 1e-15);
        Assert.Equal(1e-3, LearningRate.At(coolDown with { Steps = 20 }, 3), 1e-15);
    }

    // Property: weights that have a share of the learning rate go that share of the way, those of a longer beginning by the longer one's; others are as without.
    [Fact]
    public void Shares_of_the_learning_rate_scale_the_steps_of_the_weights_that_they_name()
    {
        using var scope = NewDisposeScope();
        var settings = new OptimiserSettings
        {
            LearningRateShares = new Dictionary<string, double> { ["text."] = 0.1, ["text.last."] = 0.5 },
            WeightDecay = 0,
        };
        Tensor[] weights = [.. Enumerable.Range(0, 3).Select(_ => ones(4))];
        using var adam = new Darkroom.Training.Adam(settings, weights, ["unet.text.weight", "text.first.weight", "text.last.weight"]);
        adam.Step(weights, [.. weights.Select(w => full_like(w, 3))], learningRate: 0.01);
        Assert.Equal([0.01, 0.001, 0.005], weights.Select(w => Math.Round(1 - w[0].item<float>(), 6)));
    }

    // Property: averaging the gradients of two half batches is the gradient of the whole batch, up to rounding.
    [Fact]
    public void Accumulation_is_a_larger_batch()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();
        var recorders = (new Recorder(), new Recorder());
        using var fixedTask = new QuadraticTask();
        using var sameTask = new QuadraticTask();
        new Trainer<float>(Short with { BatchSize = 4, Accumulation = 1, Ema = null }, fixedTask, new Ramp(), new RunFolder(one.Path), recorders.Item1).Run();
        new Trainer<float>(Short with { BatchSize = 2, Accumulation = 2, Ema = null }, sameTask, new Ramp(), new RunFolder(two.Path), recorders.Item2).Run();
        Assert.Equal(fixedTask.Value, sameTask.Value, 1e-6f);
        Assert.Equal(recorders.Item1.Reports[^1].Loss, recorders.Item2.Reports[^1].Loss, 1e-5);
    }

    // Property: a loss that is not finite stops the training with the step and the layer, and no checkpoint of it is written.
    [Fact]
    public void A_loss_that_is_not_finite_names_step_and_layer()
    {
        using var folder = new TemporaryFolder();
        using var network = Network(ScalarType.Float32);
        var task = new PoisonedTask(Task(network), network, atCall: 9);
        var error = Assert.Throws<DarkroomException>(() =>
            new Trainer<CaptionedPixels>(Short with { SaveEvery = 2 }, task, Pictures(), new RunFolder(folder.Path)).Run());
        Assert.Equal(ErrorKind.Numerical, error.Kind);
        Assert.Contains("step 5", error.Message);
        Assert.Contains("vae.decoder.mid_block", error.Message);
        Assert.EndsWith("step-000000004.safetensors", new RunFolder(folder.Path).LastCheckpoint);
    }

    // Property: only the last checkpoints are kept, and what a killed process left half written is removed when training goes on.
    [Fact]
    public void Old_checkpoints_and_leftovers_are_removed()
    {
        using var folder = new TemporaryFolder();
        Train(folder.Path, Short with { Steps = 6, SaveEvery = 1, KeepCheckpoints = 3 });
        string checkpoints = Path.Combine(folder.Path, "checkpoints");
        File.WriteAllText(Path.Combine(checkpoints, ".darkroom-0123456789abcdef.tmp"), "half");
        Train(folder.Path, Short with { Steps = 8, SaveEvery = 1, KeepCheckpoints = 3 });
        Assert.Equal(["step-000000006.safetensors", "step-000000007.safetensors", "step-000000008.safetensors"],
            Directory.EnumerateFiles(checkpoints).Select(f => Path.GetFileName(f)!).Order());
    }

    // Property: a checkpoint of another configuration is refused with what differs.
    [Fact]
    public void A_checkpoint_of_another_network_is_refused()
    {
        using var folder = new TemporaryFolder();
        Train(folder.Path, Short with { Steps = 1 });
        using var other = new AutoencoderKL(new AutoencoderConfig { BlockOutChannels = [16, 16], NormNumGroups = 4, LayersPerBlock = 1 });
        var error = Assert.Throws<DarkroomException>(() =>
            new Trainer<CaptionedPixels>(Short, Task(other), Pictures(), new RunFolder(folder.Path)).Run());
        Assert.Equal(ErrorKind.ModelMismatch, error.Kind);
        Assert.Contains("encoder.conv_in.weight", error.Message);
    }

    // Property: a training holds no more tensors after many steps than after a few.
    [Fact]
    public void Tensors_do_not_pile_up()
    {
        using var folder = new TemporaryFolder();
        var counts = new List<long>();
        Train(folder.Path, Short with { Steps = 20, SaveEvery = 100, EvaluateEvery = 0 },
            new Recorder { OnProgressed = _ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount) });
        Assert.Equal(counts[4], counts[19]);
    }

    // Property: a model trained in bfloat16 is written as the float32 weights say, not rounded.
    [Fact]
    public void The_exported_weights_are_not_rounded_to_the_precision_of_the_computation()
    {
        using var folder = new TemporaryFolder();
        Train(folder.Path, Short with { Steps = 4, Precision = Precision.BFloat16 });
        var run = new RunFolder(folder.Path);
        var exported = new GoldenTensors(Path.Combine(run.Model, "vae", "diffusion_pytorch_model.safetensors"));
        using var scope = NewDisposeScope();
        var weight = exported["decoder.conv_in.weight"];
        Assert.NotEqual(0, (weight - weight.to(ScalarType.BFloat16).to(ScalarType.Float32)).abs().max().item<float>());
    }

    // Property: training the decoder alone leaves the encoder's weights and the scale factor as they were, bit for bit also where the computation is in bfloat16, and
    // changes the decoder's weights: latents keep their meaning.
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void The_decoder_alone_is_trained_where_the_encoder_is_kept(Precision precision)
    {
        using var folder = new TemporaryFolder();
        using (var whole = Network(ScalarType.Float32))
            ModelFolder.WriteComponent(folder.File("initial/vae"), ModelFolder.DiffusersWeights, new JsonObject { ["scaling_factor"] = 1.25 }, whole);
        using var network = Network(precision.ToScalarType());
        var task = new AutoencoderTask(network, new JsonObject(), new AutoencoderLossSettings(), [Pictures()[0]], [], folder.File("initial"));
        var run = new RunFolder(folder.File("run"));
        new Trainer<CaptionedPixels>(Short with { Steps = 3, Precision = precision }, task, Pictures(), run).Run();
        var (before, after) = (new GoldenTensors(folder.File("initial/vae/diffusion_pytorch_model.safetensors")),
            new GoldenTensors(Path.Combine(run.Model, "vae", "diffusion_pytorch_model.safetensors")));
        foreach (string name in before.Names)
        {
            using var scope = NewDisposeScope();
            Assert.Equal(name.StartsWith("encoder.") || name.StartsWith("quant_conv."), before[name].equal(after[name]).all().item<bool>());
        }
        Assert.Equal(1.25, JsonNode.Parse(File.ReadAllText(Path.Combine(run.Model, "vae", "config.json")))!["scaling_factor"]!.GetValue<double>());
    }

    // Property: a training's memory is flat: a thousand steps more take no more than the thousand before.
    [Fact]
    [Trait("Category", "Slow")]
    public void Memory_is_flat_over_a_thousand_steps()
    {
        using var folder = new TemporaryFolder();
        var resident = new Dictionary<long, long>();
        Train(folder.Path, Short with { Steps = 1500, LogEvery = 500, SaveEvery = 5000, EvaluateEvery = 0, SampleEvery = 0 },
            new Recorder { OnProgressed = step => resident[step] = ResidentMemory.Measure() });
        Assert.InRange(resident[1500] - resident[500], long.MinValue, 16 << 20);
    }

    // Property: settings that can't work are refused, all at once.
    [Fact]
    public void Every_wrong_setting_is_named()
    {
        var wrong = Short with { Steps = 0, BatchSize = 0, GradientClipNorm = -1, Precision = Precision.Float16, Optimiser = new OptimiserSettings { Beta2 = 1, LearningRateShares = new Dictionary<string, double> { ["text."] = 0 } } };
        var error = Assert.Throws<DarkroomException>(wrong.Validate);
        Assert.Equal(["steps", "batchSize", "optimiser.beta2", "optimiser.learningRateShares", "gradientClipNorm", "precision"], error.Problems.Select(p => p.Where));
    }

    internal static void Train(string path, TrainingSettings settings, ITrainingObserver? observer = null, CancellationToken cancellation = default)
    {
        using var network = Network(settings.Precision.ToScalarType());
        new Trainer<CaptionedPixels>(settings, Task(network), Pictures(), new RunFolder(path), observer).Run(cancellation);
    }

    private static AutoencoderKL Network(ScalarType dtype)
    {
        var network = new AutoencoderKL(new AutoencoderConfig { BlockOutChannels = [8, 16], NormNumGroups = 4, LayersPerBlock = 1 }, dtype);
        using var generator = new Generator(1);
        network.InitialiseWeights(generator);
        return network;
    }

    private static AutoencoderTask Task(AutoencoderKL network) =>
        new(network, new JsonObject(), new AutoencoderLossSettings(), [Pictures()[0]], [Pictures()[1]]);

    private static RandomCrops Pictures() => new(new ScenePictures(new SceneSource(1), Painter.Value, 32), 16, seed: 1);

    private static readonly Lazy<ScenePainter> Painter = new(() => new ScenePainter(Path.Combine(GoldenData.RepositoryRoot, "data", "emoji")));

    private static void AssertSameState(string a, string b)
    {
        var (left, right) = (new GoldenTensors(a), new GoldenTensors(b));
        Assert.Equal(left.Names.Order(), right.Names.Order());
        foreach (string name in left.Names)
        {
            using var scope = NewDisposeScope();
            Assert.True(left[name].bytes.SequenceEqual(right[name].bytes), $"{name} differs");
        }
    }

    /// <summary>Step, loss, learning rate and gradient norm; speed and time are never the same.</summary>
    private static IEnumerable<string> Columns(string log) => File.ReadLines(log).Select(l => string.Join(',', l.Split(',').Take(4)));

    private sealed class Ramp : ISampleSequence<float>
    {
        public float this[long position] => position % 7;
    }

    /// <summary>One number that learns the mean of the samples.</summary>
    private sealed class QuadraticTask : ITrainingTask<float>, IDisposable
    {
        private readonly Parameter _weight = nn.Parameter(zeros(1));

        public float Value => _weight.item<float>();

        public IEnumerable<(string Name, Parameter Parameter)> Weights => [("weight", _weight)];

        public IEnumerable<(string Name, nn.Module Network)> Networks => [];

        public Tensor Loss(IReadOnlyList<float> batch, TorchGenerator random) => (tensor(batch.ToArray()) - _weight).square().mean();

        public IReadOnlyDictionary<string, double> Evaluate() => new Dictionary<string, double>();

        public Picture? DrawSamples() => null;

        public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights)
        {
        }

        public void Dispose() => _weight.Dispose();
    }

    /// <summary>Poisons a weight in the middle of the network before one of the calls.</summary>
    private sealed class PoisonedTask(ITrainingTask<CaptionedPixels> inner, nn.Module network, int atCall) : ITrainingTask<CaptionedPixels>
    {
        private int _calls;

        public IEnumerable<(string Name, Parameter Parameter)> Weights => inner.Weights;

        public IEnumerable<(string Name, nn.Module Network)> Networks => inner.Networks;

        public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random)
        {
            if (++_calls == atCall)
            {
                using var guard = no_grad();
                network.get_parameter("decoder.mid_block.resnets.0.conv1.weight")!.fill_(float.NaN);
            }
            return inner.Loss(batch, random);
        }

        public IReadOnlyDictionary<string, double> Evaluate() => inner.Evaluate();

        public Picture? DrawSamples() => inner.DrawSamples();

        public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights) => inner.Export(folder, weights);
    }
}
