namespace Darkroom.Imaging;

/// <summary>Straight and premultiplied alpha, in Pillow's 8-bit arithmetic.</summary>
internal static class Alpha
{
    /// <summary>round(value / 255) for value below 2^16.</summary>
    internal static int Divide255(int value)
    {
        value += 128;
        return ((value >> 8) + value) >> 8;
    }

    /// <summary>Colours times alpha.</summary>
    internal static Picture Premultiply(Picture straight)
    {
        var result = new Picture(straight.Width, straight.Height, PixelFormat.Rgba, straight.Pixels);
        var pixels = result.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            for (int c = 0; c < 3; c++) pixels[i + c] = (byte)Divide255(pixels[i + c] * alpha);
        }
        return result;
    }

    /// <summary>Colours over alpha, rounded down; where alpha is 0 they stay.</summary>
    internal static Picture Unpremultiply(Picture premultiplied)
    {
        var result = new Picture(premultiplied.Width, premultiplied.Height, PixelFormat.Rgba, premultiplied.Pixels);
        var pixels = result.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha is 0 or 255) continue;
            for (int c = 0; c < 3; c++) pixels[i + c] = (byte)Math.Min(255 * pixels[i + c] / alpha, 255);
        }
        return result;
    }

    /// <summary>Lays a picture of straight alpha over another one, in place.</summary>
    internal static void Composite(Picture under, Picture over)
    {
        const int precision = 7;
        var below = under.Pixels;
        ReadOnlySpan<byte> above = over.Pixels;
        for (int i = 0; i < below.Length; i += 4)
        {
            int alpha = above[i + 3];
            if (alpha == 0) continue;
            int total = alpha * 255 + below[i + 3] * (255 - alpha);
            uint share = (uint)(alpha * 255 * 255) * (1u << precision) / (uint)total, rest = (255u << precision) - share;
            for (int c = 0; c < 3; c++)
            {
                uint sum = above[i + c] * share + below[i + c] * rest + (0x80u << precision);
                below[i + c] = (byte)((((sum >> 8) + sum) >> 8) >> precision);
            }
            below[i + 3] = (byte)Divide255(total);
        }
    }
}
