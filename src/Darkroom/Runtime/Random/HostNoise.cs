using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>Carries float32 numbers drawn on the host into tensors.</summary>
internal static class HostNoise
{
    internal delegate void Fill(Span<float> destination);

    /// <summary>A tensor shaped and placed as <paramref name="like"/>, filled in row-major order; the caller owns it.</summary>
    internal static Tensor ToTensor(Fill fill, Tensor like)
    {
        var values = new float[like.numel()];
        fill(values);
        using var scope = NewDisposeScope();
        return tensor(values, like.shape).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }
}
