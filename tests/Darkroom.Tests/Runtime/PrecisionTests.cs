using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Tests.Runtime;

public class PrecisionTests
{
    // Property: auto is bf16 exactly where the processor multiplies bf16 itself.
    [Theory]
    [InlineData(false, false, Precision.Float32)]
    [InlineData(true, false, Precision.BFloat16)]
    [InlineData(false, true, Precision.BFloat16)]
    public void Auto_follows_the_processor(bool avx512Bf16, bool amxBf16, Precision expected)
    {
        var cpu = new CpuFeatures { Model = "test", Architecture = "x64", Avx512Bf16 = avx512Bf16, AmxBf16 = amxBf16 };
        Assert.Equal(expected, Precision.Auto.Resolve(cpu));
    }

    // Property: a precision that is not auto stays as it is, and every name is read back.
    [Theory]
    [InlineData("f32", ScalarType.Float32)]
    [InlineData("BF16", ScalarType.BFloat16)]
    [InlineData("f16", ScalarType.Float16)]
    public void Names_are_read_back(string name, ScalarType type)
    {
        var precision = Precisions.Parse(name);
        Assert.Equal(name.ToLowerInvariant(), precision.Name());
        Assert.Equal(type, precision.ToScalarType());
    }

    // Property: another name is refused as a wrong request.
    [Fact]
    public void Other_names_are_refused() =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => Precisions.Parse("fp8")).Kind);

    // Property: the features read from the processor agree with those that the kernel lists.
    [Fact]
    public void Features_agree_with_the_kernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo"), "needs /proc/cpuinfo");
        var flags = File.ReadLines("/proc/cpuinfo").First(l => l.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
        var cpu = CpuFeatures.Detect();
        Assert.All(new[] { "avx2", "avx512f", "avx512_bf16", "amx_bf16" }, name => Assert.Equal(flags.Contains(name), cpu.Names.Contains(name)));
    }
}
