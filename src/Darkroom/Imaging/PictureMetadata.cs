namespace Darkroom.Imaging;

/// <summary>The text that a picture file carries beside its pixels.</summary>
public sealed record PictureMetadata
{
    /// <summary>No text.</summary>
    public static PictureMetadata Empty { get; } = new();

    /// <summary>How the picture was made, in A1111's notation; null if the file does not say.</summary>
    /// <remarks>PNG: the text chunk "parameters". JPEG and WebP: the EXIF field UserComment. GIF: the comment.</remarks>
    public string? Parameters { get; init; }

    /// <summary>Other text chunks of a PNG in file order, each key once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Items { get; init; } = [];

    internal IEnumerable<KeyValuePair<string, string>> All =>
        Parameters is null ? Items : Items.Prepend(new(ParametersKey, Parameters));

    internal const string ParametersKey = "parameters";

    /// <summary>Reads the text of a PNG, JPEG, WebP or GIF file without decoding its pixels.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: no picture of these kinds, or its structure is damaged.</exception>
    public static PictureMetadata Read(string path) => Decode(PictureFile.ReadAllBytes(path), path);

    /// <summary>Reads the text from the bytes of a file; see <see cref="Read"/>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    public static PictureMetadata Decode(ReadOnlySpan<byte> file, string? name = null)
    {
        try
        {
            if (PngChunks.IsPng(file)) return FromPng(file);
            if (JpegExif.IsJpeg(file)) return new() { Parameters = ExifComment.Read(JpegExif.Find(file)) };
            if (WebpExif.IsWebp(file)) return new() { Parameters = ExifComment.Read(WebpExif.Find(file)) };
            if (GifComment.IsGif(file)) return new() { Parameters = GifComment.Read(file) };
            throw new InvalidDataException("This is not a PNG, JPEG, WebP or GIF picture.");
        }
        catch (InvalidDataException error)
        {
            throw new DarkroomException(ErrorKind.BadFile, error.Message, name, inner: error);
        }
    }

    private static PictureMetadata FromPng(ReadOnlySpan<byte> file)
    {
        var items = PngText.Read(file);
        string? parameters = items.Remove(ParametersKey, out string? text) ? text : null;
        return new() { Parameters = NovelAi.Parameters(items, PngChunks.Size(file)) ?? parameters, Items = [.. items] };
    }
}
