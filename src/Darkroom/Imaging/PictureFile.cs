namespace Darkroom.Imaging;

/// <summary>What holds of picture files of every kind.</summary>
internal static class PictureFile
{
    private const long MaxBytes = 512L << 20;

    internal static byte[] ReadAllBytes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
                throw new DarkroomException(ErrorKind.BadFile, $"The file is larger than {MaxBytes >> 20} MiB.", path, "Give a picture.");
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DarkroomException(ErrorKind.NotFound, "There is no such picture.", path, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The picture could not be read: {error.Message}", path, inner: error);
        }
    }

    internal static PictureFileFormat FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PNG" => PictureFileFormat.Png,
        ".JPG" or ".JPEG" => PictureFileFormat.Jpeg,
        ".WEBP" => PictureFileFormat.Webp,
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, "Pictures are written as PNG, JPEG or WebP.", path,
            "End the name in .png, .jpg or .webp."),
    };
}
