using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>Carries float32 numbers drawn on the host into tensors.</summary>
internal static class HostNoise
{
    internal delegate void Fill(Span<float> destination);

    /// <summary>A float32 tensor on the CPU, filled in row-major order; the caller owns it.</summary>
    internal static Tensor ToTensor(Fill fill, ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape) count *= size;
        var values = new float[count];
        fill(values);
        return tensor(values, shape.ToArray());
    }

    /// <summary>A tensor shaped and placed as <paramref name="like"/>, filled in row-major order; the caller owns it.</summary>
    internal static Tensor ToTensor(Fill fill, Tensor like)
    {
        using var scope = NewDisposeScope();
        return ToTensor(fill, like.shape).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }
}
