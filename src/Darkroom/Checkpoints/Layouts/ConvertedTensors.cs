using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>The tensors of another source with the floating-point ones in one dtype, converted when they are read.</summary>
internal sealed class ConvertedTensors : ITensorSource
{
    private readonly ITensorSource _stored;
    private readonly ScalarType _dtype;

    /// <param name="stored">Stays its owner's.</param>
    /// <param name="dtype">The dtype of floating-point tensors.</param>
    /// <param name="converts">Which of them are converted.</param>
    public ConvertedTensors(ITensorSource stored, ScalarType dtype, Func<string, bool> converts)
    {
        (_stored, _dtype) = (stored, dtype);
        Tensors = stored.Tensors.ToDictionary(t => t.Key,
            t => TensorDtypes.IsFloat(t.Value.Dtype) && converts(t.Key) ? t.Value with { Dtype = dtype } : t.Value, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <exception cref="DarkroomException">Numerical: its numbers are too large for the dtype.</exception>
    public Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        var tensor = _stored.Read(name);
        var converted = tensor.to_type(Tensors[name].Dtype);
        if (converted.dtype != tensor.dtype && NonFiniteScan.Any(converted) && !NonFiniteScan.Any(tensor))
            throw new DarkroomException(ErrorKind.Numerical, $"It holds numbers too large for {_dtype}.", name,
                "Convert to bf16, or keep the dtype.");
        return converted.MoveToOuterDisposeScope();
    }

    public void Release(string name) => _stored.Release(name);

    public void Dispose()
    {
    }
}
