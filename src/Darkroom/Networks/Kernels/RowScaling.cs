using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Darkroom.Networks.Kernels;

/// <summary>Multiplies each row of a bfloat16 matrix by a float32 number, from one place to another.</summary>
internal static unsafe class RowScaling
{
    /// <summary>result[row, i] = source[row, i] * factors[row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(ushort* source, int sourceStride, float* factors, ushort* result, int resultStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            ushort* from = source + (long)row * sourceStride;
            ushort* to = result + (long)row * resultStride;
            var factor = Vector256.Create(factors[row]);
            int i = 0;
            for (; i + 8 <= columns; i += 8)
            {
                var values = Vector256.ShiftLeft(Vector256.WidenLower(Vector128.Load(from + i).ToVector256Unsafe()), 16).AsSingle() * factor;
                var rounded = Vector256.ShiftRightLogical(values.AsUInt32() + Vector256.Create(0x8000u), 16);
                Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()).Store(to + i);
            }
            for (; i < columns; i++)
            {
                float value = BitConverter.UInt32BitsToSingle((uint)from[i] << 16) * factors[row];
                to[i] = (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000u) >> 16);
            }
        }
    }
}
