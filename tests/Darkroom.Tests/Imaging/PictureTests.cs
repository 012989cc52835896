using CsCheck;
using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Imaging;

public sealed class PictureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-test-").FullName;

    private string PathOf(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static Gen<Picture> Pictures(int largest = 24) =>
        from width in Gen.Int[1, largest]
        from height in Gen.Int[1, largest]
        from format in Gen.Enum<PixelFormat>()
        from pixels in Gen.Byte.Array[width * height * (int)format]
        select new Picture(width, height, format, pixels);

    internal static void AssertSame(Picture expected, Picture actual)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Format), (actual.Width, actual.Height, actual.Format));
        Assert.Equal(expected.Pixels.ToArray(), actual.Pixels.ToArray());
    }

    // Property: any picture comes back from PNG exactly, colours under zero alpha too, and always as the same bytes.
    [Fact]
    public void Png_is_lossless_and_deterministic() => Pictures().Sample(picture =>
    {
        byte[] file = picture.Encode();
        AssertSame(picture, Picture.Decode(file));
        Assert.Equal(file, picture.Encode());
    }, iter: 300);

    // Property: lossless WebP keeps every visible pixel and every alpha exactly.
    [Fact]
    public void Webp_of_quality_100_is_lossless() => Pictures().Sample(picture =>
    {
        var visible = picture;
        if (picture.Format == PixelFormat.Rgba)
            for (int i = 3; i < picture.Pixels.Length; i += 4) picture.Pixels[i] |= 1;
        var back = Picture.Decode(picture.Encode(PictureFileFormat.Webp, quality: 100));
        AssertSame(visible.Convert(PixelFormat.Rgba), back.Convert(PixelFormat.Rgba));
    }, iter: 100);

    // Property: JPEG keeps size and, for a flat picture, the colour to 2 levels; alpha is dropped.
    [Fact]
    public void Jpeg_keeps_the_colour()
    {
        var picture = new Picture(20, 12, PixelFormat.Rgba);
        for (int i = 0; i < picture.Pixels.Length; i += 4) new byte[] { 200, 100, 50, 7 }.CopyTo(picture.Pixels[i..]);
        var back = Picture.Decode(picture.Encode(PictureFileFormat.Jpeg));
        Assert.Equal((20, 12, PixelFormat.Rgb), (back.Width, back.Height, back.Format));
        for (int i = 0; i < back.Pixels.Length; i++) Assert.InRange(back.Pixels[i], new[] { 198, 98, 48 }[i % 3], new[] { 202, 102, 52 }[i % 3]);
    }

    // Property: a picture of the golden set (made by Pillow) has the size it should have, whatever its file kind.
    [Fact]
    public void Files_of_other_programs_are_read()
    {
        foreach (string name in new[] { "p-gif.gif", "p-jpeg.jpg", "p-webp.webp", "p-webp-lossless.webp", "p-text.png" })
        {
            var picture = Picture.Load(GoldenData.PathOf("text/images/" + name));
            Assert.Equal((40, 24), (picture.Width, picture.Height));
        }
    }

    // Property: a picture is turned upright by its EXIF orientation; the letters say which stored quarter is seen where, row by row.
    [Theory]
    [InlineData(1, "ABCD")]
    [InlineData(2, "BADC")]
    [InlineData(3, "DCBA")]
    [InlineData(4, "CDAB")]
    [InlineData(5, "ACBD")]
    [InlineData(6, "CADB")]
    [InlineData(7, "DBCA")]
    [InlineData(8, "BDAC")]
    public void Is_turned_upright(byte orientation, string quarters)
    {
        var stored = new Picture(32, 16, PixelFormat.Grey);
        for (int y = 0; y < 16; y++)
        {
            stored.Row(y)[..16].Fill((byte)(y < 8 ? 0 : 160));
            stored.Row(y)[16..].Fill((byte)(y < 8 ? 80 : 240));
        }
        byte[] exif = [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        var seen = Picture.Decode(JpegExif.Insert(stored.Encode(PictureFileFormat.Jpeg), exif));
        Assert.Equal(orientation < 5 ? (32, 16) : (16, 32), (seen.Width, seen.Height));
        var found = from y in new[] { 1, 3 } from x in new[] { 1, 3 } select (char)('A' + (seen.Row(seen.Height * y / 4)[seen.Width * x / 4] + 40) / 80);
        Assert.Equal(quarters, string.Concat(found));
    }

    // Property: a BMP file is read: 24 bits, rows from the bottom, blue first.
    [Fact]
    public void Bmp_is_read()
    {
        byte[] header = [.. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, .. new byte[24]];
        var picture = Picture.Decode([.. header, 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]);
        Assert.Equal(new byte[] { 9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4 }, picture.Pixels.ToArray());
    }

    // Property: truncated, empty, foreign or forged files are refused as bad files, and a missing one as not found.
    [Fact]
    public void Bad_files_are_refused()
    {
        byte[] png = new Picture(30, 30, PixelFormat.Rgb).Encode();
        byte[] forged = [.. png];
        new byte[] { 0, 0, 0x1F, 0xFF, 0, 0, 0x1F, 0xFF }.CopyTo(forged, 16);
        foreach (byte[] file in new byte[][] { [], [0, 0], "no picture"u8.ToArray(), png[..20], png[..^30], forged })
            Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => Picture.Decode(file, "x.png")).Kind);
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => Picture.Load(GoldenData.PathOf("models/errors/image_truncated.png"))).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => Picture.Load(PathOf("none.png"))).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => PictureMetadata.Read(PathOf("no/none.png"))).Kind);
    }

    // Property: headers that promise huge pictures are refused without taking memory for them.
    [Fact]
    public void Bombs_take_no_memory()
    {
        byte[] gif = [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 1, 0, 0, 0x3B];
        byte[] bmp = [.. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 24, 0, .. new byte[40]];
        byte[] png = new Picture(3, 3, PixelFormat.Rgba).Encode();
        new byte[] { 0, 0, 0x1F, 0xFF, 0, 0, 0x1F, 0xFF }.CopyTo(png, 16);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[] file in new[] { gif, bmp, png }) Assert.Throws<DarkroomException>(() => Picture.Decode(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    // Property: mutated files of every kind give a picture or a DarkroomException, never anything else.
    [Fact]
    public void Mutated_files_never_crash()
    {
        byte[][] files =
        [
            new Picture(9, 7, PixelFormat.Rgba).Encode(), new Picture(9, 7, PixelFormat.Rgb).Encode(PictureFileFormat.Jpeg),
            new Picture(9, 7, PixelFormat.Rgb).Encode(PictureFileFormat.Webp), File.ReadAllBytes(GoldenData.PathOf("text/images/p-gif.gif")),
        ];
        Mutations.Of(files).Sample(file =>
        {
            try
            {
                Picture.Decode(file);
            }
            catch (DarkroomException)
            {
                // refused
            }
        }, iter: 2000);
    }

    // Property: saving goes by the extension, refuses an existing file unless told, and finds a free name when asked.
    [Fact]
    public void Saves_by_extension_and_never_overwrites_unasked()
    {
        var picture = new Picture(4, 4, PixelFormat.Rgb);
        foreach (string name in new[] { "a.png", "a.JPG", "a.jpeg", "a.webp" }) picture.Save(PathOf(name));
        AssertSame(picture, Picture.Load(PathOf("a.png")));
        Assert.Equal(ErrorKind.OutputFailed, Assert.Throws<DarkroomException>(() => picture.Save(PathOf("a.png"))).Kind);
        picture.Save(PathOf("a.png"), overwrite: true);
        Assert.Equal(PathOf("a-1.png"), picture.SaveNextFree(PathOf("a.png")));
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => picture.Save(PathOf("a.tiff"))).Kind);
    }

    // Property: conversions keep colours, set or drop alpha, and take luminance by Pillow's weights.
    [Fact]
    public void Converts_between_formats()
    {
        var picture = new Picture(1, 1, PixelFormat.Rgba, [10, 200, 30, 40]);
        Assert.Equal(new byte[] { 10, 200, 30 }, picture.Convert(PixelFormat.Rgb).Pixels.ToArray());
        Assert.Equal(new byte[] { 10, 200, 30, 255 }, picture.Convert(PixelFormat.Rgb).Convert(PixelFormat.Rgba).Pixels.ToArray());
        Assert.Equal(new byte[] { 124 }, picture.Convert(PixelFormat.Grey).Pixels.ToArray());
        Assert.Equal(new byte[] { 124, 124, 124 }, picture.Convert(PixelFormat.Grey).Convert(PixelFormat.Rgb).Pixels.ToArray());
    }

    // Property: a crop pasted back where it came from changes nothing; what lies outside the picture is zero.
    [Fact]
    public void Crop_and_paste_are_inverse() =>
        Gen.Select(Pictures(), Gen.Int[-5, 10], Gen.Int[-5, 10], Gen.Int[1, 20], Gen.Int[1, 20]).Sample((picture, left, top, width, height) =>
        {
            var copy = new Picture(picture.Width, picture.Height, picture.Format, picture.Pixels);
            var part = picture.Crop(left, top, left + width, top + height);
            copy.Paste(part, left, top);
            AssertSame(picture, copy);
            if (left < 0 || top < 0) Assert.All(part.Row(0)[..part.Channels].ToArray(), b => Assert.Equal(0, b));
        }, iter: 300);
}
