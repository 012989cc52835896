using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Darkroom.Networks.Kernels;

/// <summary>Passes over rows of bfloat16 in 512-bit vectors, computed in float32.</summary>
internal static unsafe class BFloat16Rows
{
    private const int RowsAtOnce = 8;

    /// <summary>Numbers of a vector; rows are whole vectors.</summary>
    public const int Lanes = 32;

    /// <summary>Whether this processor has the vectors that it is written in.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>Adds up, per column, x - origin and its square. Eight rows are added to each other before they are added to the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(ushort* source, int rows, int columns, float* origin, float* sums, float* squares)
    {
        for (int row = 0; row < rows; row += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rows - row);
            for (int column = 0; column < columns; column += Lanes)
            {
                var (evenZero, oddZero) = Split(origin + column);
                Vector512<float> evenSum = default, oddSum = default, evenSquare = default, oddSquare = default;
                ushort* at = source + (long)row * columns + column;
                for (int i = 0; i < count; i++, at += columns)
                {
                    var pair = Vector512.Load((uint*)at);
                    var even = BFloat16Vectors.Even(pair) - evenZero;
                    var odd = BFloat16Vectors.Odd(pair) - oddZero;
                    evenSum += even;
                    oddSum += odd;
                    evenSquare = Avx512F.FusedMultiplyAdd(even, even, evenSquare);
                    oddSquare = Avx512F.FusedMultiplyAdd(odd, odd, oddSquare);
                }
                Add(sums + column, evenSum, oddSum);
                Add(squares + column, evenSquare, oddSquare);
            }
        }
    }

    /// <summary>target = source * factor + shift per column, then silu where asked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Affine(ushort* source, ushort* target, int rows, int columns, float* factors, float* shifts, bool silu)
    {
        for (int column = 0; column < columns; column += Lanes)
        {
            var (evenFactor, oddFactor) = Split(factors + column);
            var (evenShift, oddShift) = Split(shifts + column);
            ushort* from = source + column;
            ushort* to = target + column;
            for (int row = 0; row < rows; row++, from += columns, to += columns)
            {
                var pair = Vector512.Load((uint*)from);
                var even = Avx512F.FusedMultiplyAdd(BFloat16Vectors.Even(pair), evenFactor, evenShift);
                var odd = Avx512F.FusedMultiplyAdd(BFloat16Vectors.Odd(pair), oddFactor, oddShift);
                if (silu)
                {
                    even = Silu(even);
                    odd = Silu(odd);
                }
                BFloat16Vectors.Pack(even, odd).Store((uint*)to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Silu(Vector512<float> x)
    {
        // 2^y with y at most 126, so that the sum stays finite; beyond it silu is 0 in bfloat16 anyway.
        var y = Avx512F.Min(x * Vector512.Create(-1.44269504f), Vector512.Create(126f));
        return x / (Vector512<float>.One + BFloat16Vectors.Exp2(y));
    }

    /// <summary>32 numbers in a row, as those at even and those at odd places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Even, Vector512<float> Odd) Split(float* numbers)
    {
        var lower = Vector512.Load(numbers);
        var upper = Vector512.Load(numbers + 16);
        return (Avx512F.PermuteVar16x32x2(lower, EvenPlaces, upper), Avx512F.PermuteVar16x32x2(lower, EvenPlaces + Vector512<int>.One, upper));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* numbers, Vector512<float> even, Vector512<float> odd)
    {
        var lower = Avx512F.PermuteVar16x32x2(even, FirstPairs, odd);
        var upper = Avx512F.PermuteVar16x32x2(even, FirstPairs + Vector512.Create(8), odd);
        (Vector512.Load(numbers) + lower).Store(numbers);
        (Vector512.Load(numbers + 16) + upper).Store(numbers + 16);
    }

    private static Vector512<int> EvenPlaces => Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);

    private static Vector512<int> FirstPairs => Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
