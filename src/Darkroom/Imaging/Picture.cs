using Darkroom.Runtime;

namespace Darkroom.Imaging;

/// <summary>A picture of 8 bits a channel in memory: rows from top to bottom, pixels from left to right, channels interleaved, no padding.</summary>
public sealed class Picture
{
    /// <summary>The most pixels that a file may have, 8192 x 8192: larger ones are refused before memory is taken.</summary>
    public const int MaxPixels = 8192 * 8192;

    private readonly byte[] _pixels;

    /// <summary>A picture of zeros: black, and transparent where there is alpha.</summary>
    public Picture(int width, int height, PixelFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (!Enum.IsDefined(format)) throw new ArgumentOutOfRangeException(nameof(format));
        (Width, Height, Format) = (width, height, format);
        _pixels = new byte[checked(width * height * (int)format)];
    }

    /// <summary>A picture from a copy of its bytes.</summary>
    public Picture(int width, int height, PixelFormat format, ReadOnlySpan<byte> pixels)
        : this(width, height, format)
    {
        if (pixels.Length != _pixels.Length)
            throw new ArgumentException($"{width} x {height} pixels of {format} take {_pixels.Length} bytes, not {pixels.Length}.", nameof(pixels));
        pixels.CopyTo(_pixels);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>What the bytes are.</summary>
    public PixelFormat Format { get; }

    /// <summary>Bytes of a pixel.</summary>
    public int Channels => (int)Format;

    /// <summary>All bytes, Height x Width x Channels; writing changes the picture.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>The bytes of row <paramref name="y"/>.</summary>
    public Span<byte> Row(int y) => _pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>Reads a PNG, JPEG, WebP, GIF (first frame) or BMP file; turned upright where its EXIF data says how it was held.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: damaged, truncated, too large, or no picture.</exception>
    public static Picture Load(string path) => Decode(PictureFile.ReadAllBytes(path), path);

    /// <summary>Reads a picture from the bytes of a file; see <see cref="Load"/>.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    public static Picture Decode(ReadOnlySpan<byte> file, string? name = null) => PictureDecoder.Decode(file, name);

    /// <summary>Writes a file whose kind its extension names (.png, .jpg, .jpeg, .webp), whole or not at all (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">Where to; an existing file is kept unless <paramref name="overwrite"/>.</param>
    /// <param name="metadata">Text to keep in the file, or null.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="DarkroomException">InvalidRequest: another extension. OutputFailed: it could not be written.</exception>
    public void Save(string path, PictureMetadata? metadata = null, bool overwrite = false)
    {
        byte[] file = Encode(PictureFile.FormatOf(path), metadata);
        AtomicFile.Write(path, overwrite, stream => stream.Write(file));
    }

    /// <summary>Like <see cref="Save"/>, under the first free name of <c>name.png, name-1.png, ...</c>.</summary>
    /// <returns>The full path of the file written.</returns>
    public string SaveNextFree(string path, PictureMetadata? metadata = null)
    {
        byte[] file = Encode(PictureFile.FormatOf(path), metadata);
        return AtomicFile.WriteNextFree(path, stream => stream.Write(file));
    }

    /// <summary>The bytes of a picture file; the same picture and text always give the same bytes.</summary>
    /// <param name="format">Kind of file; JPEG drops alpha.</param>
    /// <param name="metadata">Text to keep in the file, or null.</param>
    /// <param name="quality">0 .. 100 for JPEG and WebP; WebP is lossless at 100.</param>
    public byte[] Encode(PictureFileFormat format = PictureFileFormat.Png, PictureMetadata? metadata = null, int quality = 95) =>
        PictureEncoder.Encode(this, format, metadata ?? PictureMetadata.Empty, quality);

    /// <summary>
    /// The picture in another format; itself if it has that already. Alpha is dropped or set to 255; luminance is that of ITU-R 601 in Pillow's
    /// fixed point, (19595 R + 38470 G + 7471 B + 2^15) / 2^16.
    /// </summary>
    public Picture Convert(PixelFormat format)
    {
        if (format == Format) return this;
        var result = new Picture(Width, Height, format);
        int from = Channels, to = result.Channels;
        for (int i = 0, o = 0; i < _pixels.Length; i += from, o += to)
        {
            var (r, g, b) = Format == PixelFormat.Grey
                ? (_pixels[i], _pixels[i], _pixels[i])
                : (_pixels[i], _pixels[i + 1], _pixels[i + 2]);
            if (format == PixelFormat.Grey)
            {
                result._pixels[o] = (byte)((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
                continue;
            }
            (result._pixels[o], result._pixels[o + 1], result._pixels[o + 2]) = (r, g, b);
            if (format == PixelFormat.Rgba) result._pixels[o + 3] = 255;
        }
        return result;
    }

    /// <summary>The part whose corners are (<paramref name="left"/>, <paramref name="top"/>) and, exclusive, (right, bottom); what lies outside is zero.</summary>
    public Picture Crop(int left, int top, int right, int bottom)
    {
        var result = new Picture(right - left, bottom - top, Format);
        result.Paste(this, -left, -top);
        return result;
    }

    /// <summary>Copies a picture of the same format into this one, its corner at (<paramref name="left"/>, <paramref name="top"/>); what lies outside is left out.</summary>
    public void Paste(Picture source, int left, int top)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Format != Format) throw new ArgumentException($"A picture of {source.Format} can't be pasted into one of {Format}.", nameof(source));
        int x0 = Math.Max(left, 0), x1 = Math.Min(left + source.Width, Width);
        if (x0 >= x1) return;
        for (int y = Math.Max(top, 0); y < Math.Min(top + source.Height, Height); y++)
            source.Row(y - top)[((x0 - left) * Channels)..((x1 - left) * Channels)].CopyTo(Row(y)[(x0 * Channels)..]);
    }
}
