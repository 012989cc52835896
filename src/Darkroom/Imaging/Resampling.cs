namespace Darkroom.Imaging;

/// <summary>How new pixels are made of old ones when a picture is resized; Pillow's filters.</summary>
public enum Resampling
{
    /// <summary>The old pixel under the centre of the new one.</summary>
    Nearest,

    /// <summary>The mean of the old pixels that a new one covers.</summary>
    Box,

    /// <summary>A triangle of half-width 1.</summary>
    Bilinear,

    /// <summary>A sinc of half-width 1 under a Hamming window.</summary>
    Hamming,

    /// <summary>Keys' cubic with a = -0.5, half-width 2.</summary>
    Bicubic,

    /// <summary>A sinc of half-width 3 under a sinc window.</summary>
    Lanczos,
}
