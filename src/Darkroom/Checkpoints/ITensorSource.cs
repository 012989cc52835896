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
}

/// <summary>Named tensors of a validated file (or of several read as one), read one at a time.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>What is stored, by key.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>One tensor in its stored dtype on the CPU. It may share mapped, read-only memory: never write into it. The caller owns it.</summary>
    torch.Tensor Read(string name);
}
