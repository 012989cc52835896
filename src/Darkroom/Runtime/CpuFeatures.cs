using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Darkroom.Runtime;

/// <summary>What the processor can do, as far as it matters for speed.</summary>
/// <remarks>
/// Read from the processor itself (CPUID) on x86, and from /proc/cpuinfo on ARM Linux. AMX counts only where the operating system
/// has switched it on. Measured on x86-64 Linux only.
/// </remarks>
internal sealed record CpuFeatures
{
    /// <summary>The name that the maker gives the processor.</summary>
    public required string Model { get; init; }

    /// <summary>x64, arm64, ...</summary>
    public required string Architecture { get; init; }

    /// <summary>256-bit vectors.</summary>
    public bool Avx2 { get; init; }

    /// <summary>512-bit vectors.</summary>
    public bool Avx512 { get; init; }

    /// <summary>Dot products of bfloat16 pairs in 512-bit vectors.</summary>
    public bool Avx512Bf16 { get; init; }

    /// <summary>Tile products of bfloat16.</summary>
    public bool AmxBf16 { get; init; }

    /// <summary>Matrix products of bfloat16 on ARM.</summary>
    public bool ArmBf16 { get; init; }

    /// <summary>Whether bfloat16 products are faster than float32 ones here, rather than emulated by them.</summary>
    public bool HasFastBf16 => Avx512Bf16 || AmxBf16 || ArmBf16;

    /// <summary>The features found, by the names that /proc/cpuinfo gives them.</summary>
    public IReadOnlyList<string> Names => [.. new[]
    {
        (Avx2, "avx2"), (Avx512, "avx512f"), (Avx512Bf16, "avx512_bf16"), (AmxBf16, "amx_bf16"), (ArmBf16, "bf16"),
    }.Where(f => f.Item1).Select(f => f.Item2)];

    /// <summary>Reads the features of this machine.</summary>
    public static CpuFeatures Detect()
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (!X86Base.IsSupported)
        {
            return new CpuFeatures
            {
                Model = FromCpuInfo("model name", "Model", "Hardware") ?? architecture,
                Architecture = architecture,
                ArmBf16 = FromCpuInfo("Features")?.Split(' ').Contains("bf16") ?? false,
            };
        }
        // Intel's manual, volume 2A, CPUID: leaf 7.0 EDX bit 22 is AMX-BF16, bit 24 AMX-TILE; leaf 7.1 EAX bit 5 is AVX512_BF16.
        var (leaves, _, _, _) = X86Base.CpuId(0, 0);
        var (subleaves, _, _, extended) = leaves >= 7 ? X86Base.CpuId(7, 0) : default;
        int bf16 = leaves >= 7 && subleaves >= 1 ? X86Base.CpuId(7, 1).Eax : 0;
        bool amxEnabled = !OperatingSystem.IsLinux() || (FromCpuInfo("flags")?.Split(' ').Contains("amx_tile") ?? false);
        return new CpuFeatures
        {
            Model = BrandString() ?? architecture,
            Architecture = architecture,
            Avx2 = System.Runtime.Intrinsics.X86.Avx2.IsSupported,
            Avx512 = Avx512F.IsSupported,
            Avx512Bf16 = Avx512F.IsSupported && (bf16 & (1 << 5)) != 0,
            AmxBf16 = amxEnabled && (extended & (1 << 22)) != 0 && (extended & (1 << 24)) != 0,
        };
    }

    // CPUID leaves 0x80000002 to 0x80000004: 48 bytes of text.
    private static string? BrandString()
    {
        if ((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004) return null;
        var bytes = new List<byte>();
        for (uint leaf = 0x80000002; leaf <= 0x80000004; leaf++)
        {
            var (a, b, c, d) = X86Base.CpuId(unchecked((int)leaf), 0);
            foreach (int register in (int[])[a, b, c, d]) bytes.AddRange(BitConverter.GetBytes(register));
        }
        string name = string.Join(' ', Encoding.ASCII.GetString([.. bytes.TakeWhile(b => b != 0)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return name.Length == 0 ? null : name;
    }

    private static string? FromCpuInfo(params string[] keys)
    {
        if (!File.Exists("/proc/cpuinfo")) return null;
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && keys.Contains(line[..colon].Trim())) return line[(colon + 1)..].Trim();
        }
        return null;
    }
}
