using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>A name that a pickle refers to; it is never looked up, imported or called.</summary>
internal sealed record PickleName(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A value that has no bearing on tensors (a numpy scalar, a set, an object's bytes); its content is not kept.</summary>
internal sealed class PickleInert
{
    public static PickleInert Value { get; } = new();
}

/// <summary>A Python dict: pairs in order, with keys of any kind.</summary>
internal sealed class PickleDict
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];

    public object? Find(string key) => Items.FindLast(item => item.Key is string text && text == key).Value;
}

/// <summary>The memory that tensors are views of: so many elements of a dtype under a key of the file.</summary>
internal sealed record PickleStorage(string Key, ScalarType Dtype, long Count);

/// <summary>A tensor as a view: element (i, j, ..) lies at <c>Offset + i * Strides[0] + j * Strides[1] + ...</c>.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Whether its elements lie one after the other.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int d = Shape.Length - 1; d >= 0; d--)
            {
                if (Shape[d] == 1) continue;
                if (Strides[d] != expected) return false;
                expected *= Shape[d];
            }
            return true;
        }
    }

    /// <summary>Elements from the first to the last that it touches, 0 where it has none.</summary>
    public long Span => Array.Exists(Shape, size => size == 0) ? 0 : 1 + Shape.Zip(Strides, (size, stride) => checked((size - 1) * stride)).Sum();
}
