namespace Darkroom.Imaging;

/// <summary>What the bytes of a pixel are; the value is their number.</summary>
public enum PixelFormat
{
    /// <summary>One byte of luminance.</summary>
    Grey = 1,

    /// <summary>Red, green, blue.</summary>
    Rgb = 3,

    /// <summary>Red, green, blue, alpha; straight: the colours are not multiplied by alpha.</summary>
    Rgba = 4,
}

/// <summary>Kinds of picture file that are written.</summary>
public enum PictureFileFormat
{
    /// <summary>Lossless; text is kept in chunks of its own.</summary>
    Png,

    /// <summary>Lossy, no alpha; text is kept in EXIF.</summary>
    Jpeg,

    /// <summary>Lossy, or lossless at quality 100; text is kept in EXIF.</summary>
    Webp,
}
