using Darkroom.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Networks.Kernels;

/// <summary>
/// Group normalisation of channels-last pictures for inference, in float32 or bfloat16, with silu after it where asked.
/// </summary>
/// <remarks>
/// libtorch sums such pictures pixel after pixel in float32, and loses up to 5e-5 at 512x512 (measured; 1e-7 in the other layout), more or less of it with
/// the number of threads. Here blocks of pixels are summed in float32, relative to the first pixel, and added in float64 in their order:
/// exact to rounding, and the same for any number of threads. With silu in the same pass it is also faster.
/// </remarks>
internal static unsafe class GroupNormKernel
{
    private const int RowsPerPart = 256;

    /// <summary>Whether this path computes the tensor; where not, torch's own group norm does.</summary>
    public static bool Supports(Tensor x)
    {
        if (is_grad_enabled() || x.device_type != DeviceType.CPU || x.dim() != 4) return false;
        bool vectors = x.dtype == ScalarType.Float32 || (x.dtype == ScalarType.BFloat16 && BFloat16Rows.IsSupported && x.shape[1] % BFloat16Rows.Lanes == 0);
        return vectors && IsChannelsLast(x);
    }

    /// <summary>(x + added - mean) / sqrt(variance + epsilon) * weight + bias by groups of channels, then silu where asked.</summary>
    /// <param name="x">[B, C, H, W], channels-last.</param>
    /// <param name="added">[B, C], the same for all pixels of a channel, or null.</param>
    /// <param name="groups">Their number divides C.</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="silu">Whether x sigmoid(x) follows.</param>
    /// <returns>As <paramref name="x"/>; it belongs to the caller's dispose scope.</returns>
    public static Tensor Normalise(Tensor x, Tensor? added, int groups, Tensor weight, Tensor bias, double epsilon, bool silu)
    {
        int batch = (int)x.shape[0], channels = (int)x.shape[1], pixels = (int)(x.shape[2] * x.shape[3]);
        float[] scales = Floats(weight), offsets = Floats(bias), additions = added is null ? new float[batch * channels] : Floats(added);
        using var rows = x.permute(0, 2, 3, 1);
        using var result = empty_like(rows);
        fixed (byte* source = rows.bytes, target = result.bytes)
        {
            nint from = (nint)source, to = (nint)target;
            bool half = x.dtype == ScalarType.BFloat16;
            for (int item = 0; item < batch; item++)
            {
                nint skip = (nint)item * pixels * channels * (half ? 2 : 4);
                var addition = additions.AsSpan(item * channels, channels);
                var (factors, shifts) = Affine(from + skip, half, pixels, addition, groups, scales, offsets, epsilon);
                Apply(from + skip, to + skip, half, pixels, channels, factors, shifts, silu);
            }
        }
        return result.permute(0, 3, 1, 2);
    }

    /// <summary>Per channel, what x is multiplied by and what is then added.</summary>
    private static (float[] Factors, float[] Shifts) Affine(
        nint source, bool half, int pixels, ReadOnlySpan<float> added, int groups, float[] scales, float[] offsets, double epsilon)
    {
        int channels = added.Length;
        int parts = (pixels + RowsPerPart - 1) / RowsPerPart;
        var sums = new float[parts * channels];
        var squares = new float[parts * channels];
        var origin = new float[channels];
        fixed (float* originStart = origin) Origin(source, half, channels, originStart);
        ComputeWorkers.RunWithoutTorch(parts, part =>
        {
            int first = part * RowsPerPart, count = Math.Min(RowsPerPart, pixels - first);
            fixed (float* sum = &sums[part * channels], square = &squares[part * channels], zero = origin)
            {
                if (half) BFloat16Rows.Sum((ushort*)source + (long)first * channels, count, channels, zero, sum, square);
                else Float32Rows.Sum((float*)source + (long)first * channels, count, channels, zero, sum, square);
            }
        });
        for (int channel = 0; channel < channels; channel++) origin[channel] += added[channel];
        var factors = new float[channels];
        var shifts = new float[channels];
        int width = channels / groups;
        for (int group = 0; group < groups; group++)
        {
            var (mean, variance) = Moments(group * width, width, channels, parts, pixels, origin, sums, squares);
            double inverse = 1 / Math.Sqrt(variance + epsilon);
            for (int channel = group * width; channel < (group + 1) * width; channel++)
            {
                factors[channel] = (float)(inverse * scales[channel]);
                shifts[channel] = (float)(offsets[channel] + (added[channel] - mean) * inverse * scales[channel]);
            }
        }
        return (factors, shifts);
    }

    /// <summary>
    /// From sums relative to each channel's origin o: mean = sum_c (S_c + n o_c) / (n C) and variance = sum_c (Q_c + 2 (o_c - mean) S_c + n (o_c - mean)^2) / (n C).
    /// </summary>
    private static (double Mean, double Variance) Moments(
        int first, int width, int channels, int parts, int pixels, float[] origin, float[] sums, float[] squares)
    {
        Span<double> total = width <= 256 ? stackalloc double[width] : new double[width];
        double all = 0, square = 0;
        for (int i = 0; i < width; i++)
        {
            double sum = 0;
            for (int part = 0, at = first + i; part < parts; part++, at += channels)
            {
                sum += sums[at];
                square += squares[at];
            }
            total[i] = sum;
            all += sum + (double)pixels * origin[first + i];
        }
        double count = (double)pixels * width, mean = all / count, variance = square;
        for (int i = 0; i < width; i++)
        {
            double distance = origin[first + i] - mean;
            variance += distance * (2 * total[i] + pixels * distance);
        }
        return (mean, Math.Max(0, variance / count));
    }

    private static void Apply(nint source, nint target, bool half, int pixels, int channels, float[] factors, float[] shifts, bool silu)
    {
        int parts = (pixels + RowsPerPart - 1) / RowsPerPart;
        ComputeWorkers.RunWithoutTorch(parts, part =>
        {
            long first = (long)part * RowsPerPart;
            int count = (int)Math.Min(RowsPerPart, pixels - first);
            fixed (float* factor = factors, shift = shifts)
            {
                if (half) BFloat16Rows.Affine((ushort*)source + first * channels, (ushort*)target + first * channels, count, channels, factor, shift, silu);
                else Float32Rows.Affine((float*)source + first * channels, (float*)target + first * channels, count, channels, factor, shift, silu);
            }
        });
    }

    private static void Origin(nint source, bool half, int channels, float* origin)
    {
        for (int channel = 0; channel < channels; channel++)
            origin[channel] = half ? BitConverter.UInt32BitsToSingle((uint)((ushort*)source)[channel] << 16) : ((float*)source)[channel];
    }

    private static float[] Floats(Tensor vector)
    {
        using var floats = vector.to(ScalarType.Float32);
        return floats.data<float>().ToArray();
    }

    private static bool IsChannelsLast(Tensor x)
    {
        long[] shape = x.shape, stride = x.stride();
        long expected = 1;
        foreach (int dimension in (ReadOnlySpan<int>)[1, 3, 2, 0])
        {
            if (shape[dimension] != 1 && stride[dimension] != expected) return false;
            expected *= shape[dimension];
        }
        return true;
    }
}
