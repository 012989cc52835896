using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>Tensors that are in memory already, as a source; they stay their owner's.</summary>
public sealed class MemoryTensorSource : ITensorSource
{
    private readonly IReadOnlyDictionary<string, Tensor> _tensors;

    /// <summary>Takes the tensors as they are, without copying them.</summary>
    /// <param name="tensors">By key; any device and layout. They must live as long as this source.</param>
    public MemoryTensorSource(IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        _tensors = tensors;
        Tensors = tensors.ToDictionary(t => t.Key, t => new TensorInfo(t.Key, t.Value.shape, t.Value.dtype), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <inheritdoc/>
    public Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        return _tensors[name].detach().cpu().contiguous().alias().MoveToOuterDisposeScope();
    }

    /// <summary>Does nothing: the tensors belong to whoever gave them.</summary>
    public void Dispose()
    {
    }
}
