using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Pipelines.Benchmarks;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom bench: how fast this machine is.</summary>
internal sealed class BenchCommand : CommandGroup
{
    public BenchCommand() : base("bench", "Measure how fast models run and train here.")
    {
        Subcommands.Add(new BenchSd15Command());
        Subcommands.Add(new BenchTrainingCommand());
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom bench sd15", "the stages of Stable Diffusion 1.5, without any file"),
        new("darkroom bench training", "training steps of the embedded model's networks"),
    ];
}

/// <summary>darkroom bench sd15: the stages of Stable Diffusion 1.5 with random weights, against the machine's own matrix products.</summary>
internal sealed class BenchSd15Command : CliCommand
{
    private readonly CliOption<string> _dtype = CliOptions.Choice("--dtype", "Number format of the model.", "auto", [.. Precisions.Names]);
    private readonly CliOption<int> _width = CliOptions.Integer("--width", "PIXELS", "Width of the picture, rounded down to a multiple of 8.", 512, 64, 4096);
    private readonly CliOption<int> _height = CliOptions.Integer("--height", "PIXELS", "Height of the picture, rounded down to a multiple of 8.", 512, 64, 4096);
    private readonly CliOption<int> _repeats = CliOptions.Integer("--repeats", "N", "Calls of each stage that are timed; their median counts.", 3, 1, 1000);
    private readonly CliOption<int?> _threads = SharedOptions.Threads();

    public BenchSd15Command() : base("sd15",
        "Time the text encoder, one UNet call with guidance and one VAE decode of Stable Diffusion 1.5 with random weights. Takes under a minute and 3 GB of memory.")
    {
        Add(_dtype);
        Add(_width);
        Add(_height);
        Add(_repeats);
        Add(_threads);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom bench sd15", "at 512x512, in the format that is best here"),
        new("darkroom bench sd15 --dtype f32 --json", "in float32, for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        ComputeThreads.Use(context.Get(_threads));
        var benchmark = new StableDiffusionBenchmark
        {
            Precision = Precisions.Parse(context.Get(_dtype)),
            Width = context.Get(_width) / 8 * 8,
            Height = context.Get(_height) / 8 * 8,
            Repeats = context.Get(_repeats),
        };
        var speed = benchmark.Measure(stage => context.Output.Note($"Measuring: {stage} ..."), context.Cancellation);
        context.Output.Result(speed, text => Write(speed, text));
        return ExitCode.Success;
    }

    private static void Write(StableDiffusionSpeed speed, TextWriter text)
    {
        Line($"Stable Diffusion 1.5, {speed.Width}x{speed.Height}, {speed.Precision}, {speed.Threads} threads; matrix products: {speed.MatmulGflops:0} GFLOP/s");
        Line($"{"stage",-22}{"seconds",9}{"TFLOP",9}{"of matmul",11}{"peak memory",14}");
        Stage("text encoder (2 texts)", speed.TextEncoder);
        Stage("UNet call (guidance)", speed.Unet);
        Stage("VAE decode", speed.VaeDecode);

        void Stage(string name, StageSpeed stage) =>
            Line($"{name,-22}{stage.Seconds,9:0.000}{stage.Tflop,9:0.000}{stage.MatmulShare,11:0%}{stage.PeakRssBytes / 1e9,11:0.00} GB");

        void Line(FormattableString line) => text.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
