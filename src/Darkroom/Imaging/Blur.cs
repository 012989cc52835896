namespace Darkroom.Imaging;

/// <summary>The two Gaussian blurs that reference programs use: OpenCV's for masks, Pillow's for filling masked parts.</summary>
internal static class Blur
{
    /// <summary>OpenCV's 8-bit Gaussian with a kernel of 2 int(2.5 sigma + 0.5) + 1, rows with one sigma, then columns with another; 0 is none.</summary>
    internal static Picture OpenCv(Picture source, double sigmaX, double sigmaY)
    {
        var result = new Picture(source.Width, source.Height, source.Format, source.Pixels);
        if (sigmaX > 0) OpenCvLines(result, Lines.OfRows(result), sigmaX);
        if (sigmaY > 0) OpenCvLines(result, Lines.OfColumns(result), sigmaY);
        return result;
    }

    /// <summary>Pillow's GaussianBlur: three box blurs along rows, three along columns, whose variances add up to radius^2.</summary>
    /// <remarks>Gwosdek et al. 2011, doi:10.1007/978-3-642-24785-9_38, eq. 7, 11 and 14; Pillow computes in float32.</remarks>
    internal static Picture Pillow(Picture source, float radius)
    {
        const int passes = 3;
        float variance = radius * radius / passes;
        float length = (float)Math.Sqrt(12.0 * variance + 1.0);
        float whole = (float)Math.Floor((length - 1.0) / 2.0);
        float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
        part /= 6 * (variance - (whole + 1) * (whole + 1));
        var result = new Picture(source.Width, source.Height, source.Format, source.Pixels);
        for (int i = 0; i < passes; i++) BoxLines(result, Lines.OfRows(result), whole + part);
        for (int i = 0; i < passes; i++) BoxLines(result, Lines.OfColumns(result), whole + part);
        return result;
    }

    /// <summary>How to walk through a picture line by line, each channel a line of its own.</summary>
    private readonly record struct Lines(int Count, int Length, Func<int, int> Start, int Step)
    {
        internal static Lines OfRows(Picture p) => new(p.Height * p.Channels, p.Width, line => line / p.Channels * p.Width * p.Channels + line % p.Channels, p.Channels);

        internal static Lines OfColumns(Picture p) => new(p.Width * p.Channels, p.Height, line => line, p.Width * p.Channels);
    }

    private static void OpenCvLines(Picture picture, Lines lines, double sigma)
    {
        int[] kernel = OpenCvKernel(sigma);
        int half = kernel.Length / 2;
        var line = new byte[lines.Length];
        var pixels = picture.Pixels;
        for (int n = 0; n < lines.Count; n++)
        {
            int start = lines.Start(n);
            for (int i = 0; i < line.Length; i++) line[i] = pixels[start + i * lines.Step];
            for (int i = 0; i < line.Length; i++)
            {
                int sum = 128;
                for (int k = 0; k < kernel.Length; k++) sum += line[Reflect(i + k - half, line.Length)] * kernel[k];
                pixels[start + i * lines.Step] = (byte)(sum >> 8);
            }
        }
    }

    /// <summary>Weights in 1/256; the error of rounding each goes on to the next from the edge inwards, and the centre takes the rest.</summary>
    private static int[] OpenCvKernel(double sigma)
    {
        int half = (int)(2.5 * sigma + 0.5), size = 2 * half + 1;
        double[] exact = [.. Enumerable.Range(-half, size).Select(i => Math.Exp(-0.5 / (sigma * sigma) * i * i))];
        double sum = exact.Sum(), error = 0;
        var kernel = new int[size];
        int left = 256;
        for (int i = 0; i < half; i++)
        {
            double wanted = exact[i] / sum * 256 + error;
            kernel[i] = kernel[size - 1 - i] = (int)Math.Round(wanted, MidpointRounding.ToEven);
            error = wanted - kernel[i];
            left -= 2 * kernel[i];
        }
        kernel[half] = left;
        return kernel;
    }

    /// <summary>... 2 1 | 0 1 2 ... n-1 | n-2 n-3 ...: the edge pixel is not repeated.</summary>
    private static int Reflect(int i, int length)
    {
        if (length == 1) return 0;
        while (i < 0 || i >= length) i = i < 0 ? -i : 2 * length - 2 - i;
        return i;
    }

    /// <summary>A box of 2 radius + 1 pixels, whose outermost two count by the fraction of the radius; edge pixels are repeated; 24-bit fixed point.</summary>
    private static void BoxLines(Picture picture, Lines lines, float radius)
    {
        int whole = (int)radius;
        uint inner = (uint)((float)(1 << 24) / (radius * 2 + 1));
        uint outer = ((1u << 24) - (uint)(whole * 2 + 1) * inner) / 2;
        var line = new byte[lines.Length];
        int last = lines.Length - 1;
        var pixels = picture.Pixels;
        for (int n = 0; n < lines.Count; n++)
        {
            int start = lines.Start(n);
            for (int i = 0; i <= last; i++) line[i] = pixels[start + i * lines.Step];
            uint sum = 0; // of whole pixels around the one before the first
            for (int i = -whole - 1; i < whole; i++) sum += line[Math.Clamp(i, 0, last)];
            for (int i = 0; i <= last; i++)
            {
                uint left = line[Math.Clamp(i - whole - 1, 0, last)];
                sum += line[Math.Min(i + whole, last)] - left;
                uint weighted = sum * inner + (left + line[Math.Min(i + whole + 1, last)]) * outer;
                pixels[start + i * lines.Step] = (byte)((weighted + (1 << 23)) >> 24);
            }
        }
    }
}
