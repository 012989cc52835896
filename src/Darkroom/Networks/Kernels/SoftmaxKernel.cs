using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Darkroom.Networks.Kernels;

/// <summary>exp(scale (s - max)) over rows of bfloat16 scores, in place, with the sums in float32: a softmax that leaves the division to its caller.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>How many scores are worked on at once.</summary>
    public const int Lanes = 32;

    /// <summary>Whether this processor has the vectors that it is written in.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>Works on each row on its own.</summary>
    /// <param name="scores">Rows of bfloat16, overwritten by unnormalised probabilities in [0, 1].</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Scores of a row, a multiple of 32.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="inverseSums">Gets 1 / sum of each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exponentiate(ushort* scores, int rows, int columns, float scale, float* inverseSums)
    {
        float binaryScale = scale * 1.44269504f;
        var factor = Vector512.Create(binaryScale);
        for (int row = 0; row < rows; row++, scores += columns)
        {
            var offset = Vector512.Create(-Maximum(scores, columns) * binaryScale);
            var total = Vector512<float>.Zero;
            for (int i = 0; i < columns; i += Lanes)
            {
                var pair = Vector512.Load((uint*)(scores + i));
                var even = BFloat16Vectors.Exp2(Avx512F.FusedMultiplyAdd(BFloat16Vectors.Even(pair), factor, offset));
                var odd = BFloat16Vectors.Exp2(Avx512F.FusedMultiplyAdd(BFloat16Vectors.Odd(pair), factor, offset));
                total += even + odd;
                BFloat16Vectors.Pack(even, odd).Store((uint*)(scores + i));
            }
            inverseSums[row] = 1 / Vector512.Sum(total);
        }
    }

    /// <summary>Puts the largest of each row of bfloat16 into another matrix of bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Maxima(ushort* scores, int rows, int columns, ushort* maxima, int stride)
    {
        for (int row = 0; row < rows; row++, scores += columns, maxima += stride)
            *maxima = (ushort)(BitConverter.SingleToUInt32Bits(Maximum(scores, columns)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Maximum(ushort* row, int columns)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i + Lanes <= columns; i += Lanes)
        {
            var pair = Vector512.Load((uint*)(row + i));
            largest = Avx512F.Max(largest, Avx512F.Max(BFloat16Vectors.Even(pair), BFloat16Vectors.Odd(pair)));
        }
        var half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        float result = Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3]));
        for (; i < columns; i++) result = Math.Max(result, BitConverter.UInt32BitsToSingle((uint)row[i] << 16));
        return result;
    }
}
