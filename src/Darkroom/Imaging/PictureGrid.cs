namespace Darkroom.Imaging;

/// <summary>Lays pictures of one size out in rows and columns, on white.</summary>
internal static class PictureGrid
{
    private const int Gap = 2;

    /// <summary>One picture of many, row by row.</summary>
    /// <param name="pictures">At least one; all of the first one's size.</param>
    /// <param name="columns">Pictures in a row.</param>
    public static Picture Of(IReadOnlyList<Picture> pictures, int columns)
    {
        int width = pictures[0].Width, height = pictures[0].Height;
        columns = Math.Min(columns, pictures.Count);
        int rows = (pictures.Count + columns - 1) / columns;
        var sheet = new Picture(columns * (width + Gap) - Gap, rows * (height + Gap) - Gap, PixelFormat.Rgb);
        sheet.Pixels.Fill(255);
        for (int i = 0; i < pictures.Count; i++)
            sheet.Paste(pictures[i].Convert(PixelFormat.Rgb), i % columns * (width + Gap), i / columns * (height + Gap));
        return sheet;
    }
}
