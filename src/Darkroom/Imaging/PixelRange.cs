namespace Darkroom.Imaging;

/// <summary>Between pixel bytes and the range [-1, 1] that autoencoders work in, as diffusers' VaeImageProcessor does it.</summary>
public static class PixelRange
{
    /// <summary>2 (pixel / 255) - 1 in float32, one rounding at each operation.</summary>
    public static void ToUnit(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        if (values.Length < pixels.Length) throw new ArgumentException("There is no room for every pixel.", nameof(values));
        for (int i = 0; i < pixels.Length; i++) values[i] = 2f * (pixels[i] / 255f) - 1f;
    }

    /// <summary>round(255 clamp(x / 2 + 0.5, 0, 1)), half to even; NaN becomes 0.</summary>
    public static void ToPixels(ReadOnlySpan<float> values, Span<byte> pixels)
    {
        if (pixels.Length < values.Length) throw new ArgumentException("There is no room for every value.", nameof(pixels));
        for (int i = 0; i < values.Length; i++)
        {
            float unit = values[i] / 2f + 0.5f;
            pixels[i] = unit > 0 ? (byte)MathF.Round(MathF.Min(unit, 1f) * 255f, MidpointRounding.ToEven) : (byte)0;
        }
    }
}
