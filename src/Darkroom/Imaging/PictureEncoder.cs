using SkiaSharp;

namespace Darkroom.Imaging;

/// <summary>Pixels to picture files: Skia codes the pixels, the text is put in afterwards.</summary>
internal static class PictureEncoder
{
    internal static byte[] Encode(Picture picture, PictureFileFormat format, PictureMetadata metadata, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        byte[] file = Pixels(format == PictureFileFormat.Jpeg && picture.Format == PixelFormat.Rgba ? picture.Convert(PixelFormat.Rgb) : picture, format, quality);
        return format switch
        {
            PictureFileFormat.Png => PngText.Insert(file, metadata.All),
            PictureFileFormat.Jpeg => metadata.Parameters is null ? file : JpegExif.Insert(file, ExifComment.Write(metadata.Parameters)),
            _ => metadata.Parameters is null ? file : WebpExif.Insert(file, ExifComment.Write(metadata.Parameters), picture),
        };
    }

    private static unsafe byte[] Pixels(Picture picture, PictureFileFormat format, int quality)
    {
        // Skia has no format of three bytes a pixel.
        var source = picture.Format == PixelFormat.Rgb ? picture.Convert(PixelFormat.Rgba) : picture;
        var info = new SKImageInfo(picture.Width, picture.Height,
            picture.Format == PixelFormat.Grey ? SKColorType.Gray8 : SKColorType.Rgba8888,
            picture.Format == PixelFormat.Rgba ? SKAlphaType.Unpremul : SKAlphaType.Opaque);
        fixed (byte* pixels = source.Pixels)
        {
            using var pixmap = new SKPixmap(info, (nint)pixels);
            using var data = format switch
            {
                PictureFileFormat.Png => pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6)),
                PictureFileFormat.Jpeg => pixmap.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore)),
                _ => pixmap.Encode(new SKWebpEncoderOptions(quality == 100 ? SKWebpEncoderCompression.Lossless : SKWebpEncoderCompression.Lossy, quality)),
            };
            return data?.ToArray() ?? throw new DarkroomException(ErrorKind.OutputFailed,
                $"A picture of {picture.Width} x {picture.Height} could not be written as {format}.", remedy: "Write it as PNG.");
        }
    }
}
