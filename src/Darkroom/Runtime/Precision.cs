using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>The number format of weights and activations, chosen once for a model.</summary>
/// <remarks>Statistics of norms, softmax and the time embedding are float32 in each of them, and schedules are host doubles.</remarks>
public enum Precision
{
    /// <summary>bfloat16 where the processor has fast bfloat16 (AVX512_BF16, AMX), else float32.</summary>
    Auto,

    /// <summary>32-bit; the reference.</summary>
    Float32,

    /// <summary>16-bit with the range of float32: half the memory, 8 bits of mantissa.</summary>
    BFloat16,

    /// <summary>16-bit IEEE: half the memory, 11 bits of mantissa, overflows above 65504; slow on processors.</summary>
    Float16,
}

/// <summary>Names and torch types of <see cref="Precision"/>.</summary>
public static class Precisions
{
    /// <summary>The names, as users write them: auto, f32, bf16, f16.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "f32", "bf16", "f16"];

    /// <summary>The precision of a name; upper and lower case count the same.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: there is no such precision.</exception>
    public static Precision Parse(string name) => name.ToLowerInvariant() switch
    {
        "auto" => Precision.Auto,
        "f32" => Precision.Float32,
        "bf16" => Precision.BFloat16,
        "f16" => Precision.Float16,
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no precision '{name}'.", null, $"Choose one of {string.Join(", ", Names)}."),
    };

    /// <summary>The name of a precision: auto, f32, bf16 or f16.</summary>
    public static string Name(this Precision precision) => Names[(int)precision];

    /// <summary>Decides what <see cref="Precision.Auto"/> means on this machine; the others stay as they are.</summary>
    public static Precision Resolve(this Precision precision) => precision.Resolve(CpuFeatures.Detect());

    /// <summary>The type of tensors in this precision on this machine.</summary>
    public static ScalarType ToScalarType(this Precision precision) => precision.Resolve() switch
    {
        Precision.Float32 => ScalarType.Float32,
        Precision.BFloat16 => ScalarType.BFloat16,
        Precision.Float16 => ScalarType.Float16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };

    internal static Precision Resolve(this Precision precision, CpuFeatures cpu) =>
        precision != Precision.Auto ? precision : cpu.HasFastBf16 ? Precision.BFloat16 : Precision.Float32;
}
