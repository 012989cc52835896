using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom doctor: what was found on this machine, and what is wrong.</summary>
internal sealed class DoctorCommand : CliCommand
{
    private readonly CliOption<int?> _threads = SharedOptions.Threads();

    public DoctorCommand() : base("doctor",
        "Check this machine: libtorch, processor, memory, disk, speed. Takes a few seconds, and ends with exit code 8 if libtorch does not load.") =>
        Options.Add(_threads);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom doctor", "what was found, and what to do about what is wrong"),
        new("darkroom doctor --json", "the same for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var report = Doctor.Examine(System.Environment.CurrentDirectory, context.Get(_threads),
            measuring: () => context.Output.Note("Measuring the speed of matrix products ..."), context.Cancellation);
        context.Output.Result(report, text => Write(report, text));
        return report.Library.Loads ? ExitCode.Success : ExitCode.Environment;
    }

    private static void Write(DoctorReport report, TextWriter text)
    {
        var (cpu, memory, library) = (report.Cpu, report.Memory, report.Library);
        Line("System", $"{report.OperatingSystem} ({report.RuntimeIdentifier}), {report.Framework}");
        Line("Processor", $"{cpu.Model}, {(cpu.Names.Count == 0 ? "no vector extensions of note" : string.Join(" ", cpu.Names))}");
        Line("Cores", $"{report.Cores} usable{(report.Speed is { } used ? $", {used.Threads} threads in use" : "")}");
        Line("Memory", $"{Doctor.Gigabytes(memory.TotalBytes)}, {Doctor.Gigabytes(memory.AvailableBytes)} available" +
            (memory.LimitBytes is { } limit ? $", limited to {Doctor.Gigabytes(limit)}" : ""));
        foreach (var disk in report.Disks)
            Line("Disk", $"{(disk.FreeBytes is { } free ? Doctor.Gigabytes(free) : "?")} free for {disk.Purpose} ({disk.Folder})");
        Line("libtorch", $"{(library.Loads ? $"{library.LibTorch} loads" : "does not load")}, TorchSharp {library.TorchSharp} ({library.Path ?? "not found"})");
        if (report.Speed is { } speed)
            Line("Speed", string.Create(CultureInfo.InvariantCulture, $"matrix products: f32 {speed.F32MatmulGflops:0} GFLOP/s, bf16 {speed.Bf16MatmulGflops:0} GFLOP/s"));
        Line("Precision", $"--dtype auto means {report.AutoPrecision} here");
        text.WriteLine();
        if (report.Problems.Count == 0) text.WriteLine("Nothing is wrong.");
        foreach (var problem in report.Problems)
        {
            text.WriteLine($"Problem: {(problem.Where is null ? "" : problem.Where + ": ")}{problem.What}");
            if (problem.Remedy is not null) text.WriteLine($"  {problem.Remedy}");
        }

        void Line(string label, string value) => text.WriteLine($"{label,-10} {value}");
    }
}
