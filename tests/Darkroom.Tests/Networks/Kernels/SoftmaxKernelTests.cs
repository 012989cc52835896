using CsCheck;
using Darkroom.Networks.Kernels;

namespace Darkroom.Tests.Networks.Kernels;

public unsafe class SoftmaxKernelTests
{
    private static ushort ToBFloat16(float value) => (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000u) >> 16);

    private static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    // Property: every row becomes exp(scale (s - max)) within half a unit of bfloat16's last place (0.0039 of a power of two) and a little, and its inverse sum is that of the exact row.
    [Fact]
    public void Rows_are_exponentiated()
    {
        Assert.SkipUnless(SoftmaxKernel.IsSupported, "This processor has no 512-bit vectors.");
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Float[-3e4f, 3e4f], Gen.Float[0.01f, 1f], Gen.Int[0, 10000]).Sample((rows, vectors, centre, scale, seed) =>
        {
            int columns = vectors * SoftmaxKernel.Lanes;
            var random = new Random(seed);
            var scores = new ushort[rows * columns];
            for (int i = 0; i < scores.Length; i++) scores[i] = ToBFloat16(centre + (float)(random.NextDouble() - 0.5) * 40);
            var before = scores.Select(FromBFloat16).ToArray();
            var inverse = new float[rows];
            fixed (ushort* start = scores)
            fixed (float* sums = inverse)
                SoftmaxKernel.Exponentiate(start, rows, columns, scale, sums);
            for (int row = 0; row < rows; row++)
            {
                double max = before.Skip(row * columns).Take(columns).Max(), sum = 0;
                for (int i = row * columns; i < (row + 1) * columns; i++)
                {
                    // float32 rounds scale * s - scale * max, each up to 3e4, before the difference is taken.
                    double rounding = 1e-6 * scale * Math.Abs(before[i]);
                    double exact = Math.Exp(scale * (before[i] - max));
                    sum += exact;
                    Assert.Equal(exact, FromBFloat16(scores[i]), exact * (0.0042 + rounding) + 1e-30);
                }
                Assert.Equal(1, inverse[row] * sum, 2e-4 + 1e-6 * scale * Math.Abs(centre));
            }
        }, iter: 300);
    }

    // Property: the maximum is right for rows of any sign and length.
    [Fact]
    public void Maxima_are_found()
    {
        Assert.SkipUnless(SoftmaxKernel.IsSupported, "This processor has no 512-bit vectors.");
        Gen.Float[-1e3f, 1e3f].Array[1, 100].Sample(values =>
        {
            var row = values.Select(ToBFloat16).ToArray();
            ushort result = 0;
            fixed (ushort* start = row) SoftmaxKernel.Maxima(start, 1, row.Length, &result, 1);
            Assert.Equal(row.Max(FromBFloat16), FromBFloat16(result));
        });
    }

    // Property: scaling a row rounds each product once, and leaves what lies between the rows alone.
    [Fact]
    public void Rows_are_scaled()
    {
        Gen.Select(Gen.Float[-100f, 100f].Array[1, 60], Gen.Float[0.001f, 10f]).Sample((values, factor) =>
        {
            var row = values.Select(ToBFloat16).ToArray();
            var result = new ushort[row.Length + 3];
            float[] factors = [factor];
            fixed (float* first = factors)
            fixed (ushort* from = row, to = result)
                RowScaling.Scale(from, row.Length, first, to, result.Length, 1, row.Length);
            Assert.Equal(row.Select(one => ToBFloat16(FromBFloat16(one) * factor)), result.Take(row.Length));
            Assert.All(result.Skip(row.Length), rest => Assert.Equal(0, rest));
        });
    }
}
