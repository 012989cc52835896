using System.Diagnostics;
using Darkroom.Checkpoints;
using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Benchmarks;

/// <summary>How one stage did.</summary>
/// <param name="Seconds">The median over the calls that were timed, after one that was not.</param>
/// <param name="Tflop">Arithmetic of one call, in 10^12 operations, a multiply-and-add counted as two.</param>
/// <param name="MatmulShare">The rate of the stage, as a share of the rate of plain matrix products.</param>
/// <param name="PeakRssBytes">The most physical memory of the process during the stage, with its weights.</param>
internal sealed record StageSpeed(double Seconds, double Tflop, double MatmulShare, long PeakRssBytes);

/// <summary>How a whole model did.</summary>
/// <param name="Precision">Number format of weights and activations.</param>
/// <param name="Threads">Threads of one computation.</param>
/// <param name="Width">Of the picture, in pixels.</param>
/// <param name="Height">Of the picture, in pixels.</param>
/// <param name="MatmulGflops">The yardstick: the best rate of 2048x2048 matrix products in that format, in 10^9 operations a second.</param>
/// <param name="PeakRssBytes">The most physical memory of the process.</param>
/// <param name="TextEncoder">Prompt and negative prompt in one call.</param>
/// <param name="Unet">One call with guidance, that is, on two pictures.</param>
/// <param name="VaeDecode">One picture.</param>
internal sealed record StableDiffusionSpeed(
    string Precision, int Threads, int Width, int Height, double MatmulGflops, long PeakRssBytes, StageSpeed TextEncoder, StageSpeed Unet, StageSpeed VaeDecode);

/// <summary>Measures the stages of Stable Diffusion 1.5 with random weights, each against the rate at which this machine multiplies matrices.</summary>
internal sealed class StableDiffusionBenchmark
{
    /// <summary>Number format.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Of the picture, in pixels; a multiple of 8.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Of the picture, in pixels; a multiple of 8.</summary>
    public int Height { get; init; } = 512;

    /// <summary>How many calls of each stage are timed.</summary>
    public int Repeats { get; init; } = 3;

    /// <summary>Measures.</summary>
    /// <param name="starting">Told the name of each stage before it begins.</param>
    /// <param name="cancellation">Looked at between calls.</param>
    public StableDiffusionSpeed Measure(Action<string> starting, CancellationToken cancellation)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var dtype = Precision.ToScalarType();
        starting("matrix products");
        double rate = MatmulRate.Measure(dtype, cancellation);

        starting("text encoder");
        var ids = full([2, 77], 49407, ScalarType.Int64);
        var text = Stage(new ClipTextEncoder(new ClipTextConfig(), dtype, META), encoder => encoder.Encode(ids).LastHiddenState.alias(), cancellation);

        starting("UNet");
        var latents = randn([1, 4, Height / 8, Width / 8], generator: new Generator(0, CPU));
        var both = cat([latents, latents], dim: 0);
        var context = randn([2, 77, 768], generator: new Generator(1, CPU)).to(dtype);
        var timestep = tensor(500f);
        var unet = Stage(new UNet(UnetConfig.StableDiffusion1, dtype, META), network => network.Predict(both, timestep, context), cancellation);

        starting("VAE decoder");
        var decode = Stage(new AutoencoderKL(new AutoencoderConfig(), dtype, META), network => network.Decode(latents), cancellation);

        starting("matrix products");
        rate = Math.Max(rate, MatmulRate.Measure(dtype, cancellation));
        StageSpeed Share((double Seconds, double Flops, long Peak) stage) =>
            new(stage.Seconds, stage.Flops / 1e12, stage.Flops / stage.Seconds / 1e9 / rate, stage.Peak);
        return new StableDiffusionSpeed(Precision.Resolve().Name(), get_num_threads(), Width, Height, rate,
            new[] { text.Peak, unet.Peak, decode.Peak }.Max(), Share(text), Share(unet), Share(decode));
    }

    private (double Seconds, double Flops, long Peak) Stage<T>(T network, Func<T, Tensor> call, CancellationToken cancellation)
        where T : Network
    {
        using (network)
        {
            ProcessMemory.ForgetPeak();
            using (var weights = new RandomWeights(network, network.Dtype))
                ModuleLoader.Load(network, weights, new ModuleLoadOptions { Writable = true });
            network.eval();
            long flops;
            using (var counter = new FlopCounter(network))
            {
                Call(network, call);
                flops = counter.Flops;
            }
            var seconds = new List<double>();
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                cancellation.ThrowIfCancellationRequested();
                seconds.Add(Call(network, call));
            }
            return (seconds.Order().ElementAt(Repeats / 2), flops, ProcessMemory.Peak());
        }
    }

    private static double Call<T>(T network, Func<T, Tensor> call)
    {
        using var scope = NewDisposeScope();
        long before = Stopwatch.GetTimestamp();
        call(network);
        return Stopwatch.GetElapsedTime(before).TotalSeconds;
    }
}
