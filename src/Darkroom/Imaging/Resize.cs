namespace Darkroom.Imaging;

/// <summary>Resizing exactly as Pillow (9.5 to 12) does it for 8 bits a channel.</summary>
/// <remarks>
/// For an output pixel with centre c = (x + 0.5) in / out, the weights are f((i + 0.5 - c) / s) with s = max(1, in / out), normalised over the
/// window of half-width s times the filter's, in float64, and then rounded to fixed point of 22 bits. Rows first, then columns, 8 bits in between.
/// </remarks>
internal static class Resize
{
    private const int FractionBits = 22;

    internal static Picture Apply(Picture source, int width, int height, Resampling filter)
    {
        if ((width, height) == (source.Width, source.Height)) return new Picture(width, height, source.Format, source.Pixels);
        return filter == Resampling.Nearest
            ? Nearest(source, width, height)
            : Apply(source, new CropRegion(0, 0, source.Width, source.Height), width, height, filter);
    }

    /// <summary>Resizes a part of a picture, which may have no width or no height: then it is the edge that lies there. Pixels around the part count.</summary>
    internal static Picture Apply(Picture source, CropRegion part, int width, int height, Resampling filter)
    {
        bool alpha = source.Format == PixelFormat.Rgba;
        var picture = alpha ? Alpha.Premultiply(source) : source;
        if ((part.Left, part.Right, picture.Width) != (0, width, width)) picture = Rows(picture, Weights(picture.Width, part.Left, part.Right, width, filter));
        if ((part.Top, part.Bottom, picture.Height) != (0, height, height)) picture = Columns(picture, Weights(picture.Height, part.Top, part.Bottom, height, filter));
        return alpha ? Alpha.Unpremultiply(picture) : picture;
    }

    private static Picture Nearest(Picture source, int width, int height)
    {
        int[] columns = NearestIndices(source.Width, width), rows = NearestIndices(source.Height, height);
        var result = new Picture(width, height, source.Format);
        int channels = source.Channels;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> from = source.Row(rows[y]);
            var to = result.Row(y);
            for (int x = 0; x < width; x++) from.Slice(columns[x] * channels, channels).CopyTo(to[(x * channels)..]);
        }
        return result;
    }

    /// <summary>Pillow adds the step up, which rounds differently from (x + 0.5) in / out.</summary>
    private static int[] NearestIndices(int from, int to)
    {
        double step = (double)from / to, at = step * 0.5;
        var indices = new int[to];
        for (int x = 0; x < to; x++, at += step) indices[x] = Math.Min((int)at, from - 1);
        return indices;
    }

    private static Picture Rows(Picture source, (int First, int[] Window)[] weights)
    {
        int width = weights.Length;
        var result = new Picture(width, source.Height, source.Format);
        int channels = source.Channels;
        for (int y = 0; y < source.Height; y++)
        {
            ReadOnlySpan<byte> from = source.Row(y);
            var to = result.Row(y);
            for (int x = 0; x < width; x++)
            {
                var (first, window) = weights[x];
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (FractionBits - 1);
                    for (int i = 0; i < window.Length; i++) sum += from[(first + i) * channels + c] * window[i];
                    to[x * channels + c] = Clamp(sum);
                }
            }
        }
        return result;
    }

    private static Picture Columns(Picture source, (int First, int[] Window)[] weights)
    {
        int height = weights.Length;
        var result = new Picture(source.Width, height, source.Format);
        var sums = new int[source.Width * source.Channels];
        for (int y = 0; y < height; y++)
        {
            var (first, window) = weights[y];
            Array.Fill(sums, 1 << (FractionBits - 1));
            for (int i = 0; i < window.Length; i++)
            {
                ReadOnlySpan<byte> from = source.Row(first + i);
                for (int x = 0; x < sums.Length; x++) sums[x] += from[x] * window[i];
            }
            var to = result.Row(y);
            for (int x = 0; x < sums.Length; x++) to[x] = Clamp(sums[x]);
        }
        return result;
    }

    private static byte Clamp(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    /// <summary>For each of <paramref name="to"/> pixels made of those from start to end its first input pixel and the weights from there on.</summary>
    private static (int First, int[] Window)[] Weights(int from, int start, int end, int to, Resampling filter)
    {
        double scale = (double)(end - start) / to, stretch = Math.Max(scale, 1), support = HalfWidth(filter) * stretch;
        var result = new (int, int[])[to];
        for (int x = 0; x < to; x++)
        {
            double centre = start + (x + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0), behind = Math.Min((int)(centre + support + 0.5), from);
            var exact = new double[behind - first];
            for (int i = 0; i < exact.Length; i++) exact[i] = Kernel(filter, (i + first - centre + 0.5) * (1 / stretch));
            double sum = exact.Sum();
            result[x] = (first, [.. exact.Select(w => ToFixed(sum == 0 ? w : w / sum))]);
        }
        return result;

        static int ToFixed(double weight) => (int)(weight * (1 << FractionBits) + (weight < 0 ? -0.5 : 0.5));
    }

    private static double HalfWidth(Resampling filter) => filter switch
    {
        Resampling.Box => 0.5,
        Resampling.Bilinear or Resampling.Hamming => 1,
        Resampling.Bicubic => 2,
        Resampling.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(filter)),
    };

    private static double Kernel(Resampling filter, double x)
    {
        const double a = -0.5;
        double distance = Math.Abs(x);
        return filter switch
        {
            Resampling.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
            Resampling.Bilinear => distance < 1 ? 1 - distance : 0,
            Resampling.Hamming => distance < 1 ? Sinc(x) * (0.54 + 0.46 * Math.Cos(x * Math.PI)) : 0,
            Resampling.Bicubic when distance < 1 => ((a + 2) * distance - (a + 3)) * distance * distance + 1,
            Resampling.Bicubic when distance < 2 => (((distance - 5) * distance + 8) * distance - 4) * a,
            Resampling.Lanczos when x is >= -3 and < 3 => Sinc(x) * Sinc(x / 3),
            _ => 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
