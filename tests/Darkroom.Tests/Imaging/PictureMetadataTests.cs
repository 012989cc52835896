using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Imaging;

public class PictureMetadataTests
{
    // Property: what A1111 reads out of pictures of every kind is what is read here, and the other items too.
    [Fact]
    [Trait("Category", "Golden")]
    public void Reads_what_a1111_reads()
    {
        var cases = GoldenData.JsonLines("text/pictures.jsonl").ToList();
        foreach (var @case in cases)
        {
            string file = @case.GetProperty("file").GetString()!;
            var metadata = PictureMetadata.Read(GoldenData.PathOf("text/" + file));
            Assert.Equal(@case.GetProperty("read").GetString(), metadata.Parameters);
            // A null stands for bytes that are no text.
            var items = @case.GetProperty("items").EnumerateObject().Where(i => i.Value.GetString() is not null);
            Assert.Equal(items.Select(i => KeyValuePair.Create(i.Name, i.Value.GetString()!)), metadata.Items);
        }
        GoldenReport.Add("text/pictures", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    // Property: the text that a golden picture was written with has the same bytes in our PNG chunk as in Pillow's.
    [Fact]
    [Trait("Category", "Golden")]
    public void Writes_the_chunks_that_pillow_writes()
    {
        foreach (string name in new[] { "p-text", "p-latin1", "p-itxt", "p-more" })
        {
            byte[] theirs = File.ReadAllBytes(GoldenData.PathOf($"text/images/{name}.png"));
            byte[] ours = new Picture(1, 1, PixelFormat.Grey).Encode(metadata: PictureMetadata.Decode(theirs));
            Assert.Equal(TextChunks(theirs), TextChunks(ours));
        }
    }

    private static List<string> TextChunks(byte[] file)
    {
        var found = new List<string>();
        var chunks = new PngChunks(file);
        while (chunks.Next())
            if (chunks.Type is "tEXt" or "iTXt") found.Add(chunks.Type + Convert.ToHexString(chunks.Data));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 60], Gen.String[Gen.Char['\n', '\u00FF'], 0, 60],
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Array[0, 40].Select(codes => string.Concat(codes.Select(c => new Rune(c).ToString()))));

    // Property: any text comes back from PNG, JPEG and WebP, the pixels of a PNG are untouched, and Skia still reads the files.
    [Fact]
    public void Any_text_comes_back() => Gen.Select(Text, PictureTests.Pictures(8)).Sample((text, picture) =>
    {
        var metadata = new PictureMetadata { Parameters = text, Items = [new("Title", text + "!"), new("Software", "x")] };
        byte[] png = picture.Encode(PictureFileFormat.Png, metadata);
        var back = PictureMetadata.Decode(png);
        Assert.Equal(text, back.Parameters);
        Assert.Equal(metadata.Items, back.Items);
        PictureTests.AssertSame(picture, Picture.Decode(png));
        // An empty comment is no comment to EXIF readers; Latin text says by its zero bytes which end comes first.
        string latin = "a photograph of " + text;
        foreach (var format in new[] { PictureFileFormat.Jpeg, PictureFileFormat.Webp })
        {
            byte[] file = picture.Encode(format, metadata with { Parameters = latin });
            Assert.Equal(latin, PictureMetadata.Decode(file).Parameters);
            Assert.Equal((picture.Width, picture.Height), (Picture.Decode(file).Width, Picture.Decode(file).Height));
        }
    }, iter: 300);

    // Property: a picture without text has none, and text that a file can't hold is refused.
    [Fact]
    public void No_text_and_too_much_text()
    {
        var picture = new Picture(2, 2, PixelFormat.Rgb);
        foreach (var format in Enum.GetValues<PictureFileFormat>())
        {
            var metadata = PictureMetadata.Decode(picture.Encode(format));
            Assert.Null(metadata.Parameters);
            Assert.Empty(metadata.Items);
        }
        var huge = new PictureMetadata { Parameters = new string('x', 40_000) };
        Assert.Equal(ErrorKind.OutputFailed, Assert.Throws<DarkroomException>(() => picture.Encode(PictureFileFormat.Jpeg, huge)).Kind);
        var nameless = new PictureMetadata { Items = [new("", "text")] };
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => picture.Encode(PictureFileFormat.Png, nameless)).Kind);
    }

    // Property: a text that inflates beyond the limit is refused after the limit, not after all of it.
    [Fact]
    public void A_zip_bomb_is_refused()
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
            for (int i = 0; i < 300; i++) zlib.Write(new byte[1 << 20]);
        byte[] bomb = WithCompressedText(deflated.ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => PictureMetadata.Decode(bomb)).Kind);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * PngText.MaxBytes);
    }

    // Property: a text that was compressed with a dictionary, which nobody has, is refused like other damage.
    [Fact]
    public void A_text_that_needs_a_dictionary_is_refused()
    {
        byte[] header = [0x78, 0xBB, 0, 0, 0, 1]; // RFC 1950: the flag FDICT is set, and the name of the dictionary follows
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => PictureMetadata.Decode(WithCompressedText(header))).Kind);
    }

    private static byte[] WithCompressedText(byte[] deflated)
    {
        using var file = new MemoryStream();
        byte[] png = new Picture(1, 1, PixelFormat.Grey).Encode();
        file.Write(png.AsSpan(0, 33));
        PngChunks.Write(file, "zTXt"u8, [(byte)'k', 0, 0, .. deflated]);
        file.Write(png.AsSpan(33));
        return file.ToArray();
    }

    // Property: EXIF data of a little-endian writer, and comments in other character codes, are read.
    [Theory]
    [InlineData("UNICODE\0", true)]
    [InlineData("ASCII\0\0\0", false)]
    [InlineData("\0\0\0\0\0\0\0\0", false)]
    public void Little_endian_exif_is_read(string code, bool wide)
    {
        const string text = "a cat, 7: ok";
        byte[] comment = [.. Encoding.ASCII.GetBytes(code), .. (wide ? Encoding.Unicode : Encoding.ASCII).GetBytes(text)];
        var tiff = new byte[44 + comment.Length];
        "II*\0"u8.CopyTo(tiff);
        tiff[4] = 8;
        Entry(8, 0x8769, 4, 1, 26);
        Entry(26, 0x9286, 7, comment.Length, 44);
        comment.CopyTo(tiff, 44);
        Assert.Equal(text, ExifComment.Read(tiff));

        void Entry(int at, ushort tag, ushort type, int count, int value)
        {
            tiff[at] = 1;
            BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at + 2), tag);
            BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at + 4), type);
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + 6), count);
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + 10), value);
        }
    }

    // Property: mutated files of every kind give text, none, or a DarkroomException, never anything else.
    [Fact]
    public void Mutated_files_never_crash()
    {
        byte[][] files = [.. GoldenData.JsonLines("text/pictures.jsonl").Select(c => File.ReadAllBytes(GoldenData.PathOf("text/" + c.GetProperty("file").GetString())))];
        Mutations.Of(files).Sample(file =>
        {
            try
            {
                PictureMetadata.Decode(WithRightChecksums(file));
                PictureMetadata.Decode(file);
            }
            catch (DarkroomException)
            {
                // refused
            }
        }, iter: 10_000);
    }

    /// <summary>Mends the checksums of a PNG, so that mutations reach what lies behind them.</summary>
    private static byte[] WithRightChecksums(byte[] file)
    {
        byte[] mended = [.. file];
        for (int at = 8; PngChunks.IsPng(file) && at + 12 <= mended.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(mended.AsSpan(at));
            if (length > mended.Length - at - 12) break;
            BinaryPrimitives.WriteUInt32BigEndian(mended.AsSpan(at + 8 + (int)length), Crc32.Of(mended.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }
        return mended;
    }
}
