using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>Finds NaN and infinity in the memory of a tensor, at the speed of memory: both have all exponent bits set.</summary>
internal static class NonFiniteScan
{
    private const long ChunkElements = 1 << 24;

    /// <summary>Whether a dense CPU tensor (contiguous in any order of dimensions) holds NaN or infinity; false for integers.</summary>
    public static bool Any(Tensor tensor)
    {
        if (!TensorDtypes.IsFloat(tensor.dtype)) return false;
        using var scope = NewDisposeScope();
        long count = tensor.numel();
        var flat = tensor.detach().as_strided([count], [1], tensor.storage_offset());
        for (long start = 0; start < count; start += ChunkElements)
        {
            using var chunk = flat.narrow(0, start, Math.Min(ChunkElements, count - start));
            if (Any(chunk.bytes, tensor.dtype)) return true;
        }
        return false;
    }

    private static bool Any(ReadOnlySpan<byte> bytes, ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => HasAllBits<ushort>(bytes, 0x7C00),
        ScalarType.BFloat16 => HasAllBits<ushort>(bytes, 0x7F80),
        ScalarType.Float32 => HasAllBits(bytes, 0x7F80_0000u),
        _ => HasAllBits(bytes, 0x7FF0_0000_0000_0000ul),
    };

    private static bool HasAllBits<T>(ReadOnlySpan<byte> bytes, T mask)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var masks = Vector.Create(mask);
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            if (Vector.EqualsAny(new Vector<T>(values[i..]) & masks, masks)) return true;
        for (; i < values.Length; i++)
            if ((values[i] & mask) == mask) return true;
        return false;
    }
}
