using System.Buffers.Binary;
using SkiaSharp;

namespace Darkroom.Imaging;

/// <summary>Picture files to pixels, through Skia's codecs; alpha stays straight and colours are taken as they are stored.</summary>
internal static class PictureDecoder
{
    internal static unsafe Picture Decode(ReadOnlySpan<byte> file, string? name)
    {
        if (file.IsEmpty) throw Bad("The file is empty.", name);
        CheckPngSize(file, name);
        fixed (byte* bytes = file)
        {
            using var data = SKData.Create((nint)bytes, file.Length);
            using var codec = SKCodec.Create(data);
            if (codec?.EncodedFormat is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp
                or SKEncodedImageFormat.Gif or SKEncodedImageFormat.Bmp))
                throw Bad("This is not a PNG, JPEG, WebP, GIF or BMP picture, or its beginning is damaged.", name);
            var size = codec.Info;
            if (size.Width <= 0 || size.Height <= 0 || (long)size.Width * size.Height > Picture.MaxPixels)
                throw Bad($"The picture says that it has {size.Width} x {size.Height} pixels; {Picture.MaxPixels} in all is the most that is read.", name);

            var format = size.ColorType == SKColorType.Gray8 ? PixelFormat.Grey : size.AlphaType == SKAlphaType.Opaque ? PixelFormat.Rgb : PixelFormat.Rgba;
            return Upright(Pixels(codec, format, name), codec.EncodedOrigin);
        }
    }

    private static unsafe Picture Pixels(SKCodec codec, PixelFormat format, string? name)
    {
        var picture = new Picture(codec.Info.Width, codec.Info.Height, format);
        var (colours, alpha) = format switch
        {
            PixelFormat.Grey => (SKColorType.Gray8, SKAlphaType.Opaque),
            PixelFormat.Rgb => (SKColorType.Rgba8888, SKAlphaType.Opaque),
            _ => (SKColorType.Rgba8888, SKAlphaType.Unpremul),
        };
        var info = new SKImageInfo(picture.Width, picture.Height, colours, alpha);
        byte[]? wide = format == PixelFormat.Rgb ? new byte[info.BytesSize] : null;
        fixed (byte* target = wide ?? picture.Pixels)
        {
            var result = codec.GetPixels(info, (nint)target);
            if (result != SKCodecResult.Success)
                throw Bad(result == SKCodecResult.IncompleteInput ? "The picture is truncated." : $"The picture is damaged ({result}).", name);
        }
        if (wide is not null)
        {
            var narrow = picture.Pixels;
            for (int i = 0, o = 0; o < narrow.Length; i += 4, o += 3) wide.AsSpan(i, 3).CopyTo(narrow[o..]);
        }
        return picture;
    }

    /// <summary>Deflate makes at most 1032 bytes out of one, so a small file can't hold the pixels that a forged header promises.</summary>
    private static void CheckPngSize(ReadOnlySpan<byte> file, string? name)
    {
        if (!PngChunks.IsPng(file) || file.Length < 29) return;
        uint width = BinaryPrimitives.ReadUInt32BigEndian(file[16..]), height = BinaryPrimitives.ReadUInt32BigEndian(file[20..]);
        int channels = file[25] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        UInt128 bytes = (UInt128)width * height * (uint)channels * file[24] / 8;
        if (bytes > (UInt128)file.Length * 1032)
            throw Bad($"The picture says that it has {width} x {height} pixels, which {file.Length} bytes can't hold.", name);
    }

    /// <summary>Undoes how the camera was held (EXIF orientation).</summary>
    private static Picture Upright(Picture stored, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default) return stored;
        bool turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var result = new Picture(turned ? stored.Height : stored.Width, turned ? stored.Width : stored.Height, stored.Format);
        for (int y = 0; y < result.Height; y++)
        {
            for (int x = 0; x < result.Width; x++)
            {
                var (sx, sy) = origin switch
                {
                    SKEncodedOrigin.TopRight => (stored.Width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (stored.Width - 1 - x, stored.Height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, stored.Height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, stored.Height - 1 - x),
                    SKEncodedOrigin.RightBottom => (stored.Width - 1 - y, stored.Height - 1 - x),
                    _ => (stored.Width - 1 - y, x),
                };
                stored.Row(sy).Slice(sx * stored.Channels, stored.Channels).CopyTo(result.Row(y)[(x * stored.Channels)..]);
            }
        }
        return result;
    }

    private static DarkroomException Bad(string what, string? name) => new(ErrorKind.BadFile, what, name);
}
