using TorchSharp;

namespace Darkroom.Checkpoints;

/// <summary>Name, shape and dtype of one stored tensor.</summary>
/// <param name="Name">The key, as stored.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Dtype">How it is stored.</param>
public sealed record TensorInfo(string Name, IReadOnlyList<long> Shape, torch.ScalarType Dtype)
{
    /// <summary>How many numbers it holds.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>How many bytes they take.</summary>
    public long Bytes => checked(Count * TensorDtypes.Of(Dtype).Size);
}

/// <summary>Named tensors of a validated file (or of several read as one), read one at a time.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>What is stored, by key.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>
    /// One tensor in its stored dtype on the CPU, contiguous. It may share mapped memory (which it keeps mapped after this source is
    /// disposed):
    /// never write into it. The caller owns it.
    /// </summary>
    torch.Tensor Read(string name);

    /// <summary>
    /// Says that the memory pages behind this tensor may be given back to the system, because it has been copied. Tensors read earlier
    /// stay valid:
    /// their pages are read from the file again when they are touched.
    /// </summary>
    void Release(string name)
    {
    }
}
