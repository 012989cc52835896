using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Darkroom.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Networks.Kernels;

/// <summary>x * gelu(gate) of bfloat16 rows that hold x and then the gate, in one pass, for inference.</summary>
/// <remarks>
/// gelu(g) = max(g, 0) - |g| E / 2 with E = 1 - erf(|g| / sqrt(2)), after Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.25 (error 2.5e-5).
/// </remarks>
internal static unsafe class GegluKernel
{
    private const int RowsPerPart = 64;

    /// <summary>Whether this path computes the tensor.</summary>
    public static bool Supports(Tensor projected) =>
        BFloat16Rows.IsSupported && projected.dtype == ScalarType.BFloat16 && projected.device_type == DeviceType.CPU && !is_grad_enabled()
        && projected.shape[^1] % (2 * BFloat16Rows.Lanes) == 0 && projected.is_contiguous();

    /// <param name="projected">[..., 2 C], contiguous.</param>
    /// <returns>[..., C]; it belongs to the caller's dispose scope.</returns>
    public static Tensor Gate(Tensor projected)
    {
        int columns = (int)(projected.shape[^1] / 2), rows = (int)(projected.numel() / projected.shape[^1]);
        var result = empty([.. projected.shape[..^1], columns], projected.dtype);
        fixed (byte* source = projected.bytes, target = result.bytes)
        {
            nint from = (nint)source, to = (nint)target;
            ComputeWorkers.RunWithoutTorch((rows + RowsPerPart - 1) / RowsPerPart, part =>
            {
                for (long row = (long)part * RowsPerPart; row < Math.Min(rows, (part + 1L) * RowsPerPart); row++)
                    Row((ushort*)from + 2 * row * columns, (ushort*)to + row * columns, columns);
            });
        }
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(ushort* source, ushort* target, int columns)
    {
        for (int column = 0; column < columns; column += BFloat16Rows.Lanes)
        {
            var x = Vector512.Load((uint*)(source + column));
            var gate = Vector512.Load((uint*)(source + columns + column));
            var even = BFloat16Vectors.Even(x) * Gelu(BFloat16Vectors.Even(gate));
            var odd = BFloat16Vectors.Odd(x) * Gelu(BFloat16Vectors.Odd(gate));
            BFloat16Vectors.Pack(even, odd).Store((uint*)(target + column));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gelu(Vector512<float> gate)
    {
        var magnitude = Vector512.Abs(gate);
        var z = magnitude * Vector512.Create(0.70710678f);
        var t = Avx512F.Reciprocal14(Avx512F.FusedMultiplyAdd(z, Vector512.Create(0.47047f), Vector512<float>.One));
        var p = Avx512F.FusedMultiplyAdd(t, Vector512.Create(0.7478556f), Vector512.Create(-0.0958798f));
        p = Avx512F.FusedMultiplyAdd(p, t, Vector512.Create(0.3480242f));
        var e = p * t * BFloat16Vectors.Exp2(z * z * Vector512.Create(-1.44269504f));
        return Avx512F.FusedMultiplyAddNegated(magnitude * Vector512.Create(0.5f), e, Avx512F.Max(gate, Vector512<float>.Zero));
    }
}
