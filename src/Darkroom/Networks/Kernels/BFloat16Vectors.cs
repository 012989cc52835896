using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Darkroom.Networks.Kernels;

/// <summary>Vectors of bfloat16 (the upper half of a float32), 32 in 512 bits, as two vectors of float32: those at even and those at odd places.</summary>
internal static class BFloat16Vectors
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Even(Vector512<uint> pairs) => Vector512.ShiftLeft(pairs, 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Odd(Vector512<uint> pairs) => (pairs & Vector512.Create(0xFFFF0000u)).AsSingle();

    /// <summary>Back to bfloat16, rounded to nearest, ties away from zero; for finite numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Pack(Vector512<float> even, Vector512<float> odd)
    {
        var half = Vector512.Create(0x8000u);
        return Vector512.ShiftRightLogical(even.AsUInt32() + half, 16) | ((odd.AsUInt32() + half) & Vector512.Create(0xFFFF0000u));
    }

    /// <summary>2^y as good as bfloat16 needs it: 2^n p(y - n) with n = round(y) and p the cubic minimax polynomial, relative error 7.5e-5 (half a unit of the last place: 2.0e-3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp2(Vector512<float> y)
    {
        var n = Avx512F.RoundScale(y, 0);
        var r = y - n;
        var p = Avx512F.FusedMultiplyAdd(Vector512.Create(0.05517167f), r, Vector512.Create(0.24261112f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.69326099f));
        p = Avx512F.FusedMultiplyAdd(p, r, Vector512.Create(0.99992807f));
        return Avx512F.Scale(p, n);
    }
}
