using System.Runtime.Intrinsics;

namespace Darkroom.Runtime;

/// <summary>
/// The Box-Muller transform of torch's CPU generator for 16 float32 numbers at a time, with its own logarithm, sine and cosine, so that
/// the normal numbers have the same bits on every machine.
/// </summary>
/// <remarks>
/// torch's AVX2 kernel (also used on AVX-512) evaluates S. Moshier's Cephes polynomials for single precision with fused multiply-adds. Every
/// operation here is correctly rounded by IEEE 754, so the result does not depend on the processor.
/// </remarks>
internal static class TorchNormal
{
    /// <summary>In place: x[j] = r cos t, x[j + 8] = r sin t with r = sqrt(-2 ln(1 - x[j])), t = 2 pi x[j + 8], j = 0 .. 7.</summary>
    /// <param name="block">16 numbers of [0, 1).</param>
    internal static void TransformBlock(Span<float> block)
    {
        var u1 = Vector256<float>.One - Vector256.Create<float>(block);
        var u2 = Vector256.Create<float>(block[8..]);
        var radius = Vector256.Sqrt(Vector256.Create(-2f) * Log(u1));
        var (sin, cos) = SinCos(Vector256.Create(2f * MathF.PI) * u2);
        (radius * cos).CopyTo(block);
        (radius * sin).CopyTo(block[8..]);
    }

    private static Vector256<float> Polynomial(Vector256<float> x, params ReadOnlySpan<float> coefficients)
    {
        var sum = Vector256.Create(coefficients[0]);
        foreach (float coefficient in coefficients[1..]) sum = Vector256.FusedMultiplyAdd(sum, x, Vector256.Create(coefficient));
        return sum;
    }

    /// <summary>Natural logarithm of numbers in (0, 1].</summary>
    private static Vector256<float> Log(Vector256<float> x)
    {
        // x = 2^e m with m in [sqrt(1/2), sqrt(2)), then ln x = e ln 2 + ln m.
        var bits = x.AsInt32();
        var exponent = Vector256.ConvertToSingle(Vector256.ShiftRightLogical(bits, 23) - Vector256.Create(0x7E));
        var m = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();
        var small = Vector256.LessThan(m, Vector256.Create(0.707106781186547524f));
        exponent -= small & Vector256<float>.One;
        var f = m - Vector256<float>.One + (small & m);

        var square = f * f;
        var y = Polynomial(f, 7.0376836292E-2f, -1.1514610310E-1f, 1.1676998740E-1f, -1.2420140846E-1f, 1.4249322787E-1f,
            -1.6668057665E-1f, 2.0000714765E-1f, -2.4999993993E-1f, 3.3333331174E-1f) * f;
        y = Vector256.FusedMultiplyAdd(y, square, exponent * Vector256.Create(-2.12194440e-4f));
        y = Vector256.FusedMultiplyAdd(square, Vector256.Create(-0.5f), y);
        return Vector256.FusedMultiplyAdd(exponent, Vector256.Create(0.693359375f), f + y);
    }

    /// <summary>Sine and cosine of numbers in [0, 2 pi).</summary>
    private static (Vector256<float> Sin, Vector256<float> Cos) SinCos(Vector256<float> x)
    {
        // Which eighth of the circle, rounded up to an even one, and what remains.
        var octant = Vector256.ConvertToInt32(x * Vector256.Create(1.27323954473516f)) + Vector256<int>.One & Vector256.Create(~1);
        var turns = Vector256.ConvertToSingle(octant);
        x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-0.78515625f), x);
        x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-2.4187564849853515625e-4f), x);
        x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-3.77489497744594108e-8f), x);

        var square = x * x;
        var c = Polynomial(square, 2.443315711809948E-5f, -1.388731625493765E-3f, 4.166664568298827E-2f) * square;
        c = Vector256.FusedMultiplyAdd(c, square, square * Vector256.Create(-0.5f)) + Vector256<float>.One;
        var s = Polynomial(square, -1.9515295891E-4f, 8.3321608736E-3f, -1.6666654611E-1f) * square;
        s = Vector256.FusedMultiplyAdd(s, x, x);

        var swap = Vector256.Equals(octant & Vector256.Create(2), Vector256.Create(2)).AsSingle();
        var sinSign = Vector256.ShiftLeft(octant & Vector256.Create(4), 29);
        var cosSign = Vector256.ShiftLeft(~(octant - Vector256.Create(2)) & Vector256.Create(4), 29);
        return ((Vector256.ConditionalSelect(swap, c, s).AsInt32() ^ sinSign).AsSingle(),
            (Vector256.ConditionalSelect(swap, s, c).AsInt32() ^ cosSign).AsSingle());
    }
}
