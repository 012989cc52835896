using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Training.Benchmarks;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom bench training: whole training steps of the embedded model's networks, against the machine's own matrix products.</summary>
internal sealed class BenchTrainingCommand : CliCommand
{
    private readonly CliOption<int> _steps = CliOptions.Integer("--steps", "N", "Steps of each network that are timed, after as many that are not.", 10, 1, 10000);
    private readonly CliOption<int?> _threads = SharedOptions.Threads();

    public BenchTrainingCommand() : base("training",
        "Time whole training steps (data, forward, backward, optimiser, moving average) of the embedded model's first stage and of its UNet with text encoder, " +
        "on random data. Takes about a minute.")
    {
        Add(_steps);
        Add(_threads);
    }

    public override IReadOnlyList<Example> Examples { get; } = [new("darkroom bench training --threads 1", "on one core, as the embedded model was trained")];

    public override ExitCode Run(CommandContext context)
    {
        var benchmark = new TrainingBenchmark { Steps = context.Get(_steps) };
        var speed = benchmark.Measure(stage => context.Output.Note($"Measuring: {stage} ..."), context.Get(_threads), context.Cancellation);
        context.Output.Result(speed, text => Write(speed, text));
        return ExitCode.Success;
    }

    private static void Write(TrainingSpeed speed, TextWriter text)
    {
        Line($"Training, {speed.Precision}, {speed.Threads} threads; matrix products: {speed.MatmulGflops:0} GFLOP/s");
        Line($"{"network",-22}{"samples/s",11}{"GFLOP/sample",14}{"of matmul",11}{"data wait",11}");
        Network("first stage", speed.FirstStage);
        Network("UNet and text encoder", speed.Latent);

        void Network(string name, TrainingStepSpeed step) =>
            Line($"{name,-22}{step.SamplesPerSecond,11:0.0}{step.GflopPerSample,14:0.000}{step.MatmulShare,11:0%}{step.DataWait,11:0.0%}");

        void Line(FormattableString line) => text.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
