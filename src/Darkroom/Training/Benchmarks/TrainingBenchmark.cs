using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Runtime;
using Darkroom.Text;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;
using Darkroom.Training.Tokenizers;
using static TorchSharp.torch;

namespace Darkroom.Training.Benchmarks;

/// <summary>How fast a network trains.</summary>
/// <param name="SamplesPerSecond">Whole steps: data, forward, backward, optimiser and moving average.</param>
/// <param name="GflopPerSample">Arithmetic of a sample in 10^9 operations: three times that of its forward pass, as is usual.</param>
/// <param name="MatmulShare">The rate of that arithmetic as a share of the rate of plain matrix products.</param>
/// <param name="DataWait">Share of the time spent waiting for data.</param>
internal sealed record TrainingStepSpeed(double SamplesPerSecond, double GflopPerSample, double MatmulShare, double DataWait);

/// <summary>How fast the embedded model's networks train here.</summary>
/// <param name="Precision">Of the computation.</param>
/// <param name="Threads">Threads of one computation.</param>
/// <param name="MatmulGflops">The yardstick: the best rate of 2048x2048 matrix products in that precision, in 10^9 operations a second.</param>
/// <param name="FirstStage">The autoencoder.</param>
/// <param name="Latent">UNet and text encoder.</param>
internal sealed record TrainingSpeed(string Precision, int Threads, double MatmulGflops, TrainingStepSpeed FirstStage, TrainingStepSpeed Latent);

/// <summary>Trains the networks of the built-in configurations for some steps on random data, against the rate at which this machine multiplies matrices.</summary>
internal sealed class TrainingBenchmark
{
    private const int Captions = 2000; // nearly all words stand in these

    /// <summary>Steps of each network that are timed, after as many that are not.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Measures.</summary>
    /// <param name="starting">Told the name of each stage before it begins.</param>
    /// <param name="threads">Threads of one computation; null takes all cores.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    public TrainingSpeed Measure(Action<string> starting, int? threads, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(starting);
        ComputeThreads.Use(threads);
        var first = ConfigurationFile.Read<AutoencoderTraining>("scenes-autoencoder");
        var latent = ConfigurationFile.Read<LatentDiffusionTraining>("scenes-latent");
        var dtype = latent.Training.Precision.ToScalarType();
        starting("matrix products");
        double rate = MatmulRate.Measure(dtype, cancellation);
        starting("first stage");
        var firstSpeed = MeasureFirstStage(first, threads, cancellation);
        starting("UNet and text encoder");
        var latentSpeed = MeasureLatent(latent, threads, cancellation);
        starting("matrix products");
        rate = Math.Max(rate, MatmulRate.Measure(dtype, cancellation));
        TrainingStepSpeed Share(TrainingStepSpeed speed) => speed with { MatmulShare = speed.SamplesPerSecond * speed.GflopPerSample / rate };
        return new(latent.Training.Precision.Resolve().Name(), get_num_threads(), rate, Share(firstSpeed), Share(latentSpeed));
    }

    private TrainingStepSpeed MeasureFirstStage(AutoencoderTraining training, int? threads, CancellationToken cancellation)
    {
        using var network = new AutoencoderKL(AutoencoderConfig.FromJson(training.Network.ToElement()), training.Training.Precision.ToScalarType());
        var task = new AutoencoderTask(network, training.Network, training.Loss, [], []);
        int edge = training.Crop ?? training.Data.Edge;
        var pictures = new Repeated<CaptionedPixels>(i => new CaptionedPixels(Numbers(3 * edge * edge, i), edge, edge, ""));
        return Time(training.Training, task, pictures, [network], threads, cancellation);
    }

    private TrainingStepSpeed MeasureLatent(LatentDiffusionTraining training, int? threads, CancellationToken cancellation)
    {
        var tokenizer = ConfigurationFile.Read<TokenizerTraining>("scenes-tokenizer", [$"captions={Captions}"]).Learn();
        var captions = TrainingPictures.OpenCaptions(training.Data, seed: 0);
        var (unet, text) = training.NewNetworks(tokenizer);
        using var ownedUnet = unet;
        using var ownedText = text;
        var config = unet.Config;
        var task = new LatentDiffusionTask(unet, new JointTextEncoder(text, tokenizer), training.Objective.Objective(), training.ConditionDrop);
        int edge = config.SampleSize ?? 16;
        var latents = new Repeated<LatentSample>(i => new LatentSample(
            Numbers(config.InChannels * edge * edge, i), config.InChannels, edge, edge, tokenizer.Row(captions[i])));
        return Time(training.Training, task, latents, [unet, text], threads, cancellation);
    }

    /// <summary>The trainer itself, in a folder that is removed afterwards.</summary>
    private TrainingStepSpeed Time<TSample>(
        TrainingSettings settings, ITrainingTask<TSample> task, ISampleSequence<TSample> samples, Network[] networks, int? threads, CancellationToken cancellation)
    {
        var counters = networks.Select(n => new FlopCounter(n)).ToArray();
        using (NewDisposeScope())
            task.Loss([.. Enumerable.Range(0, settings.BatchSize).Select(i => samples[i])], new TorchGenerator(0));
        double flops = 3.0 * counters.Sum(c => c.Flops) / settings.BatchSize;
        foreach (var counter in counters) counter.Dispose();

        var folder = Directory.CreateTempSubdirectory("darkroom-bench-");
        try
        {
            var last = new LastReport();
            var timed = settings with { Steps = 2 * Steps, LogEvery = Steps, SaveEvery = long.MaxValue, SampleEvery = 0, EvaluateEvery = 0, Threads = threads };
            new Trainer<TSample>(timed, task, samples, new RunFolder(folder.FullName), last).Run(cancellation);
            cancellation.ThrowIfCancellationRequested();
            return new(last.Progress!.SamplesPerSecond, flops / 1e9, 0, last.Progress.DataWait);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static float[] Numbers(int count, long seed)
    {
        var numbers = new float[count];
        new TorchGenerator(seed).Rand(numbers);
        return numbers;
    }

    private sealed class Repeated<TSample>(Func<long, TSample> make) : ISampleSequence<TSample>
    {
        private readonly TSample[] _samples = [.. Enumerable.Range(0, 64).Select(i => make(i))];

        public TSample this[long position] => _samples[position % _samples.Length];
    }

    private sealed class LastReport : ITrainingObserver
    {
        public TrainingProgress? Progress { get; private set; }

        public void Progressed(TrainingProgress progress) => Progress = progress;
    }
}
