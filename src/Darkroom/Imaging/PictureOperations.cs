namespace Darkroom.Imaging;

/// <summary>How an initial picture is fitted to the size of the result; the values are A1111's.</summary>
public enum FitMode
{
    /// <summary>Stretched to it.</summary>
    Stretch = 0,

    /// <summary>Scaled to cover it, and what stands out is cut off about the centre.</summary>
    Crop = 1,

    /// <summary>Scaled to lie within it, and its edge rows or columns continued outwards.</summary>
    Fill = 2,
}

/// <summary>What is done to pictures and masks before and after the diffusion; results equal those of the reference programs byte for byte.</summary>
public static class PictureOperations
{
    /// <summary>Resizes as Pillow does for 8 bits; alpha is premultiplied meanwhile, except by Nearest.</summary>
    public static Picture Resize(this Picture picture, int width, int height, Resampling filter = Resampling.Lanczos)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return Imaging.Resize.Apply(picture, width, height, filter);
    }

    /// <summary>The picture <paramref name="factor"/> times larger, with Lanczos; itself where that is 1.</summary>
    public static Picture Enlarge(this Picture picture, double factor)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var (width, height) = picture.EnlargedSize(factor);
        return (width, height) == (picture.Width, picture.Height) ? picture : picture.Resize(width, height);
    }

    /// <summary>The size that <see cref="Enlarge"/> gives.</summary>
    internal static (int Width, int Height) EnlargedSize(this Picture picture, double factor) =>
        ((int)Math.Round(picture.Width * factor), (int)Math.Round(picture.Height * factor));

    /// <summary>Fits a picture into a size with Lanczos, as A1111's resize modes do.</summary>
    public static Picture Fit(this Picture picture, int width, int height, FitMode mode)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (mode == FitMode.Stretch) return picture.Resize(width, height);
        double ratio = (double)width / height, own = (double)picture.Width / picture.Height;
        bool byWidth = mode == FitMode.Crop ? ratio > own : ratio < own;
        bool byHeight = mode == FitMode.Crop ? ratio <= own : ratio >= own;
        int scaledWidth = byWidth ? width : (int)((long)picture.Width * height / picture.Height);
        int scaledHeight = byHeight ? height : (int)((long)picture.Height * width / picture.Width);
        var scaled = picture.Resize(Math.Max(scaledWidth, 1), Math.Max(scaledHeight, 1));
        int left = width / 2 - scaled.Width / 2, top = height / 2 - scaled.Height / 2;
        var result = new Picture(width, height, picture.Format);
        result.Paste(scaled, left, top);
        if (mode == FitMode.Fill) ContinueEdges(result, scaled, left, top);
        return result;
    }

    /// <summary>Blurs a mask as A1111 does: OpenCV's 8-bit Gaussian, first along rows, then along columns.</summary>
    /// <param name="mask">Any format.</param>
    /// <param name="sigmaX">Standard deviation along rows in pixels; 0 leaves them.</param>
    /// <param name="sigmaY">Standard deviation along columns in pixels; 0 leaves them.</param>
    public static Picture BlurMask(this Picture mask, double sigmaX, double sigmaY)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Blur.OpenCv(mask, sigmaX, sigmaY);
    }

    /// <summary>Pillow's GaussianBlur.</summary>
    public static Picture GaussianBlur(this Picture picture, float radius)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Blur.Pillow(picture, radius);
    }

    /// <summary>The mask that composes the result over the original in A1111: twice as strong, at most 255.</summary>
    public static Picture OverlayMask(this Picture mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var result = new Picture(mask.Width, mask.Height, mask.Format, mask.Pixels);
        foreach (ref byte value in result.Pixels) value = (byte)Math.Min(value * 2, 255);
        return result;
    }

    /// <summary>Fills the masked part with colours of the rest (A1111's masked content "fill"): blurs of falling radius laid over each other.</summary>
    /// <param name="picture">What lies under the mask is not looked at.</param>
    /// <param name="mask">Of the same size; 255 where the picture is to be filled.</param>
    /// <returns>RGB.</returns>
    public static Picture FillMasked(this Picture picture, Picture mask)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(mask);
        if ((mask.Width, mask.Height) != (picture.Width, picture.Height))
            throw new ArgumentException($"The mask has {mask.Width} x {mask.Height} pixels, the picture {picture.Width} x {picture.Height}.", nameof(mask));
        var kept = Alpha.Premultiply(picture.Convert(PixelFormat.Rgba));
        ReadOnlySpan<byte> masked = mask.Convert(PixelFormat.Grey).Pixels;
        for (int i = 0; i < kept.Pixels.Length; i++) kept.Pixels[i] = (byte)Alpha.Divide255(kept.Pixels[i] * (255 - masked[i / 4]));

        var result = new Picture(picture.Width, picture.Height, PixelFormat.Rgba);
        foreach (var (radius, times) in new[] { (256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1) })
        {
            var blurred = Alpha.Unpremultiply(Blur.Pillow(kept, radius));
            for (int i = 0; i < times; i++) Alpha.Composite(result, blurred);
        }
        return result.Convert(PixelFormat.Rgb);
    }

    /// <summary>
    /// Continues what was pasted at (left, top) outwards, as far on both sides as on the first: the edge row or column, as bicubic resampling
    /// sees it, many times.
    /// </summary>
    private static void ContinueEdges(Picture result, Picture scaled, int left, int top)
    {
        int width = scaled.Width, height = scaled.Height;
        if (top > 0)
        {
            result.Paste(Imaging.Resize.Apply(scaled, new(0, 0, width, 0), width, top, Resampling.Bicubic), 0, 0);
            result.Paste(Imaging.Resize.Apply(scaled, new(0, height, width, height), width, top, Resampling.Bicubic), 0, top + height);
        }
        if (left > 0)
        {
            result.Paste(Imaging.Resize.Apply(scaled, new(0, 0, 0, height), left, height, Resampling.Bicubic), 0, 0);
            result.Paste(Imaging.Resize.Apply(scaled, new(width, 0, width, height), left, height, Resampling.Bicubic), left + width, 0);
        }
    }
}
