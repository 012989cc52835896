using System.Numerics;
using System.Runtime.CompilerServices;

namespace Darkroom.Networks.Kernels;

/// <summary>Passes over rows of float32, in vectors of whatever width the processor has.</summary>
internal static unsafe class Float32Rows
{
    private const int RowsAtOnce = 8;

    /// <summary>Adds up, per column, x - origin and its square. Eight rows are added to each other before they are added to the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* source, int rows, int columns, float* origin, float* sums, float* squares)
    {
        for (int row = 0; row < rows; row += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rows - row);
            float* first = source + (long)row * columns;
            int column = 0;
            for (; column + Vector<float>.Count <= columns; column += Vector<float>.Count)
            {
                var zero = Vector.Load(origin + column);
                Vector<float> sum = default, square = default;
                float* at = first + column;
                for (int i = 0; i < count; i++, at += columns)
                {
                    var x = Vector.Load(at) - zero;
                    sum += x;
                    square += x * x;
                }
                (Vector.Load(sums + column) + sum).Store(sums + column);
                (Vector.Load(squares + column) + square).Store(squares + column);
            }
            for (; column < columns; column++)
            {
                for (int i = 0; i < count; i++)
                {
                    float x = first[(long)i * columns + column] - origin[column];
                    sums[column] += x;
                    squares[column] += x * x;
                }
            }
        }
    }

    /// <summary>target = source * factor + shift per column, then silu where asked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Affine(float* source, float* target, int rows, int columns, float* factors, float* shifts, bool silu)
    {
        for (int row = 0; row < rows; row++, source += columns, target += columns)
        {
            int column = 0;
            for (; column + Vector<float>.Count <= columns; column += Vector<float>.Count)
            {
                var y = Vector.Load(source + column) * Vector.Load(factors + column) + Vector.Load(shifts + column);
                if (silu) y /= Vector<float>.One + Vector.Exp(-y);
                y.Store(target + column);
            }
            for (; column < columns; column++)
            {
                float y = source[column] * factors[column] + shifts[column];
                target[column] = silu ? y / (1 + MathF.Exp(-y)) : y;
            }
        }
    }
}
