using TorchSharp;

namespace Darkroom.Checkpoints;

/// <summary>A dtype that checkpoints store: its name in safetensors files, and the bytes of one element.</summary>
internal sealed record TensorDtype(string Name, torch.ScalarType Type, int Size);

/// <summary>The dtypes that are read and written, in the order in which safetensors files sort them (widest last).</summary>
internal static class TensorDtypes
{
    public static IReadOnlyList<TensorDtype> All { get; } =
    [
        new("BOOL", torch.ScalarType.Bool, 1),
        new("U8", torch.ScalarType.Byte, 1),
        new("I8", torch.ScalarType.Int8, 1),
        new("I16", torch.ScalarType.Int16, 2),
        new("F16", torch.ScalarType.Float16, 2),
        new("BF16", torch.ScalarType.BFloat16, 2),
        new("I32", torch.ScalarType.Int32, 4),
        new("F32", torch.ScalarType.Float32, 4),
        new("C64", torch.ScalarType.ComplexFloat32, 8),
        new("F64", torch.ScalarType.Float64, 8),
        new("I64", torch.ScalarType.Int64, 8),
    ];

    /// <summary>Their names, for messages.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(d => d.Name));

    private static readonly Dictionary<string, TensorDtype> ByName = All.ToDictionary(d => d.Name, StringComparer.Ordinal);
    private static readonly Dictionary<torch.ScalarType, TensorDtype> ByType = All.ToDictionary(d => d.Type);

    public static TensorDtype? Find(string name) => ByName.GetValueOrDefault(name);

    public static TensorDtype Of(torch.ScalarType type) =>
        ByType.TryGetValue(type, out var dtype) ? dtype
            : throw new ArgumentOutOfRangeException(nameof(type), type, "This dtype is not stored in checkpoints.");

    /// <summary>Its place in the order of <see cref="All"/>.</summary>
    public static int Rank(torch.ScalarType type) => All.Index().First(d => d.Item.Type == type).Index;

    public static bool IsFloat(torch.ScalarType type) => type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16
        or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    public static string Describe(IEnumerable<long> shape) => $"[{string.Join(",", shape)}]";

    /// <summary>The product of the sizes times the bytes of an element; null where it does not fit.</summary>
    public static long? ByteCount(IReadOnlyList<long> shape, int elementSize)
    {
        // A zero anywhere makes the product zero, but the other sizes must still be sane for the strides.
        long product = elementSize;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0) return null;
            if (size == 0) empty = true;
            else if (product > long.MaxValue / size) return null;
            else product *= size;
        }
        return empty ? 0 : product;
    }
}
