namespace Darkroom.Training.Data;

/// <summary>A picture ready for training, with its words.</summary>
/// <param name="Pixels">[3, Height, Width] in [-1, 1], channel by channel.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Caption">What it shows; empty where nothing is said.</param>
public sealed record CaptionedPixels(float[] Pixels, int Height, int Width, string Caption)
{
    /// <summary>Its class, 0 .. classes - 1; null where there are none.</summary>
    public int? Class { get; init; }
}
