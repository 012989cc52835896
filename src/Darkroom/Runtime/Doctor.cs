using System.Runtime.InteropServices;
using TorchSharp;

namespace Darkroom.Runtime;

/// <summary>Looks at the machine: what is there, and what stands in the way.</summary>
internal static class Doctor
{
    private const long LittleMemory = 4L << 30;   // a bf16 picture of 512x512 with SD1.5 takes 3.3 GB
    private const long LittleDisk = 1L << 30;
    private const int ShareSize = 2048;           // the size at which rates are compared
    private static readonly TimeSpan RateDuration = TimeSpan.FromSeconds(0.5);

    /// <summary>Examines the machine.</summary>
    /// <param name="outputFolder">Where pictures would be written.</param>
    /// <param name="threads">As many threads as the user asked for; null for one a core.</param>
    /// <param name="measuring">Called before the part that takes seconds.</param>
    /// <param name="cancellation">Checked between matrix products.</param>
    public static DoctorReport Examine(string outputFolder, int? threads, Action measuring, CancellationToken cancellation)
    {
        var problems = new List<Problem>();
        var cpu = CpuFeatures.Detect();
        var memory = MachineMemory.Read();
        List<DiskSpace> disks = [DiskSpace.Of("output", outputFolder), DiskSpace.Of("temporary files", Path.GetTempPath())];
        var library = Library(problems);
        TorchSpeed? speed = null;
        if (library.Loads)
        {
            measuring();
            speed = Speed(threads, cpu, cancellation);
        }
        if (cpu is { Architecture: "x64", Avx2: false })
            problems.Add(new Problem("The processor has no AVX2, or the virtual machine hides it: everything will be slow.", "cpu",
                "In a virtual machine, pass the processor of the host through (such as -cpu host)."));
        if (memory.AvailableBytes < LittleMemory)
            problems.Add(new Problem($"Only {Gigabytes(memory.AvailableBytes)} of memory are available{(memory.LimitBytes is null ? "" : " within the container's limit")}.", "memory",
                "A picture of 512x512 with Stable Diffusion 1.5 takes 3.3 GB in bf16 and about twice as much in f32: end other programs, raise the limit, or take smaller sizes."));
        foreach (var disk in disks) disk.Complain(LittleDisk, problems);
        return new DoctorReport
        {
            OperatingSystem = RuntimeInformation.OSDescription,
            RuntimeIdentifier = RuntimeInformation.RuntimeIdentifier,
            Framework = RuntimeInformation.FrameworkDescription,
            Cpu = cpu,
            Cores = System.Environment.ProcessorCount,
            Memory = memory,
            Disks = disks,
            Library = library,
            Speed = speed,
            AutoPrecision = Precision.Auto.Resolve(cpu).Name(),
            Problems = problems,
        };
    }

    /// <summary>Bytes as a person reads them.</summary>
    public static string Gigabytes(long bytes) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0} GiB");

    private static TorchLibrary Library(List<Problem> problems)
    {
        try
        {
            NativeTorch.Load();
            return new TorchLibrary(NativeTorch.TorchSharpVersion, NativeTorch.LibTorchVersion, NativeTorch.Find(), Loads: true);
        }
        catch (DarkroomException error)
        {
            problems.AddRange(error.Problems);
            return new TorchLibrary(NativeTorch.TorchSharpVersion, null, NativeTorch.Find(), Loads: false);
        }
    }

    private static TorchSpeed Speed(int? threads, CpuFeatures cpu, CancellationToken cancellation)
    {
        int used = ComputeThreads.Use(threads);
        double f32 = MatmulRate.Measure(torch.ScalarType.Float32, ShareSize, RateDuration, cancellation);
        // Without instructions for it, bfloat16 is emulated: a smaller size shows that as well, and is over sooner.
        double bf16 = MatmulRate.Measure(torch.ScalarType.BFloat16, cpu.HasFastBf16 ? ShareSize : ShareSize / 4, RateDuration, cancellation);
        return new TorchSpeed(used, f32, bf16);
    }
}

/// <summary>What <see cref="Doctor"/> found.</summary>
internal sealed record DoctorReport
{
    public required string OperatingSystem { get; init; }

    public required string RuntimeIdentifier { get; init; }

    public required string Framework { get; init; }

    public required CpuFeatures Cpu { get; init; }

    /// <summary>The cores that this process may use.</summary>
    public required int Cores { get; init; }

    public required MachineMemory Memory { get; init; }

    public required IReadOnlyList<DiskSpace> Disks { get; init; }

    public required TorchLibrary Library { get; init; }

    /// <summary>Null where the library does not load.</summary>
    public required TorchSpeed? Speed { get; init; }

    /// <summary>What --dtype auto means here.</summary>
    public required string AutoPrecision { get; init; }

    /// <summary>What is wrong, and what to do about it; empty where all is well.</summary>
    public required IReadOnlyList<Problem> Problems { get; init; }
}

/// <summary>The native library: versions, where it comes from, whether it loads.</summary>
internal sealed record TorchLibrary(string TorchSharp, string? LibTorch, string? Path, bool Loads);

/// <summary>Threads in use and rates of matrix products in GFLOP/s.</summary>
internal sealed record TorchSpeed(int Threads, double F32MatmulGflops, double Bf16MatmulGflops);
