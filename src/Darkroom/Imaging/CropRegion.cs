namespace Darkroom.Imaging;

/// <summary>A rectangle of pixels; right and bottom are exclusive.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">Column behind the last.</param>
/// <param name="Bottom">Row behind the last.</param>
public readonly record struct CropRegion(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;

    /// <summary>The smallest rectangle with every pixel that is not zero in any channel, or null if all are zero.</summary>
    public static CropRegion? Of(Picture mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        int left = mask.Width, top = mask.Height, right = 0, bottom = 0;
        for (int y = 0; y < mask.Height; y++)
        {
            ReadOnlySpan<byte> row = mask.Row(y);
            int first = row.IndexOfAnyExcept((byte)0);
            if (first < 0) continue;
            (left, right) = (Math.Min(left, first / mask.Channels), Math.Max(right, row.LastIndexOfAnyExcept((byte)0) / mask.Channels + 1));
            (top, bottom) = (Math.Min(top, y), y + 1);
        }
        return right == 0 ? null : new CropRegion(left, top, right, bottom);
    }

    /// <summary>Wider by so many pixels on each side, but not beyond the picture.</summary>
    public CropRegion Pad(int padding, int imageWidth, int imageHeight) =>
        new(Math.Max(Left - padding, 0), Math.Max(Top - padding, 0), Math.Min(Right + padding, imageWidth), Math.Min(Bottom + padding, imageHeight));

    /// <summary>Widened about its middle to the ratio of the size it will be processed at, moved or cut to stay in the picture (A1111's "only masked").</summary>
    public CropRegion Expand(int processingWidth, int processingHeight, int imageWidth, int imageHeight)
    {
        double ratio = (double)processingWidth / processingHeight;
        if ((double)Width / Height > ratio)
        {
            var (top, bottom) = Widen(Top, Bottom, (int)(Width / ratio - Height), imageHeight);
            return this with { Top = top, Bottom = bottom };
        }
        var (left, right) = Widen(Left, Right, (int)(Height * ratio - Width), imageWidth);
        return this with { Left = left, Right = right };
    }

    private static (int Start, int End) Widen(int start, int end, int by, int limit)
    {
        (start, end) = (start - by / 2, end + by - by / 2);
        if (end >= limit) (start, end) = (start - (end - limit), limit);
        if (start < 0) (start, end) = (0, end - start);
        return (start, Math.Min(end, limit));
    }
}
