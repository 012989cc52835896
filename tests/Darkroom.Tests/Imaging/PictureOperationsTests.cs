using System.Text.Json;
using CsCheck;
using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Imaging;

public class PictureOperationsTests
{
    private static Picture Golden(JsonElement @case, string name) => Picture.Load(GoldenData.PathOf("text/images/" + @case.GetProperty(name).GetString()));

    // Property: every operation of the golden file gives the reference's pictures byte for byte.
    [Fact]
    [Trait("Category", "Golden")]
    public void Operations_equal_the_reference()
    {
        var cases = GoldenData.JsonLines("text/resize.jsonl").ToList();
        int verified = 0;
        foreach (var @case in cases)
        {
            var input = Golden(@case, "input");
            int Number(string name) => @case.GetProperty(name).GetInt32();
            var result = @case.GetProperty("op").GetString() switch
            {
                "resize" => input.Resize(Number("width"), Number("height"), Enum.Parse<Resampling>(@case.GetProperty("filter").GetString()!, ignoreCase: true)),
                "img2img" => input.Fit(Number("width"), Number("height"), (FitMode)Number("mode")),
                "mask_blur" => CheckMask(@case, input.BlurMask(Number("blur_x"), Number("blur_y"))),
                "pillow_gaussian_blur" => input.GaussianBlur(@case.GetProperty("radius").GetSingle()),
                "masked_content_fill" => input.FillMasked(Golden(@case, "mask")),
                _ => null,
            };
            if (result is null) continue;
            var expected = Golden(@case, "output");
            Assert.Equal((expected.Width, expected.Height), (result.Width, result.Height));
            Assert.True(expected.Pixels.SequenceEqual(result.Convert(expected.Format).Pixels), @case.GetRawText());
            verified++;
        }
        GoldenReport.Add("text/resize", cases.Count, verified);
        Assert.True(verified > 0);
    }

    private static Picture CheckMask(JsonElement @case, Picture blurred)
    {
        Assert.True(Golden(@case, "overlay").Pixels.SequenceEqual(blurred.OverlayMask().Pixels), @case.GetRawText());
        var box = CropRegion.Of(blurred)!.Value;
        Assert.Equal(Region(@case.GetProperty("crop_pad4")), box.Pad(4, blurred.Width, blurred.Height));
        var padded = box.Pad(32, blurred.Width, blurred.Height);
        Assert.Equal(Region(@case.GetProperty("crop_pad32")), padded);
        Assert.Equal(Region(@case.GetProperty("expanded_512x512")), padded.Expand(512, 512, blurred.Width, blurred.Height));
        Assert.Equal(Region(@case.GetProperty("expanded_512x768")), box.Pad(4, blurred.Width, blurred.Height).Expand(512, 768, blurred.Width, blurred.Height));
        return blurred;
    }

    private static CropRegion Region(JsonElement corners) =>
        new(corners[0].GetInt32(), corners[1].GetInt32(), corners[2].GetInt32(), corners[3].GetInt32());

    // Property: the region around a mask is padded and widened to the processing ratio as A1111 does it.
    [Fact]
    [Trait("Category", "Golden")]
    public void Crop_regions_equal_the_reference()
    {
        var cases = GoldenData.JsonLines("text/crop-region.jsonl").ToList();
        foreach (var @case in cases)
        {
            var image = @case.GetProperty("image");
            int width = image[0].GetInt32(), height = image[1].GetInt32();
            var mask = new Picture(width, height, PixelFormat.Grey);
            if (@case.GetProperty("mask_box").ValueKind == JsonValueKind.Null)
            {
                Assert.Equal(JsonValueKind.Null, @case.GetProperty("crop").ValueKind);
                Assert.Null(CropRegion.Of(mask));
                continue;
            }
            var box = Region(@case.GetProperty("mask_box"));
            for (int y = box.Top; y < box.Bottom; y++) mask.Row(y)[box.Left..box.Right].Fill(255);
            Assert.Equal(box, CropRegion.Of(mask));
            var padded = box.Pad(@case.GetProperty("padding").GetInt32(), width, height);
            Assert.Equal(Region(@case.GetProperty("crop")), padded);
            var processing = @case.GetProperty("processing");
            Assert.Equal(Region(@case.GetProperty("expanded")), padded.Expand(processing[0].GetInt32(), processing[1].GetInt32(), width, height));
        }
        GoldenReport.Add("text/crop-region", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    private static readonly Gen<Resampling> Filters = Gen.Enum<Resampling>();

    // Property: resizing to the same size changes nothing, and to another size keeps a flat colour.
    [Fact]
    public void Resizing_to_the_same_size_is_identity_and_keeps_flat_colours() =>
        Gen.Select(PictureTests.Pictures(), Filters, Gen.Int[1, 40], Gen.Int[1, 40]).Sample((picture, filter, width, height) =>
        {
            PictureTests.AssertSame(picture, picture.Resize(picture.Width, picture.Height, filter));
            var flat = new Picture(picture.Width, picture.Height, PixelFormat.Rgb);
            for (int i = 0; i < flat.Pixels.Length; i++) flat.Pixels[i] = picture.Pixels[i % 3 % picture.Channels];
            var resized = flat.Resize(width, height, filter);
            for (int i = 0; i < resized.Pixels.Length; i++) Assert.Equal(flat.Pixels[i % 3], resized.Pixels[i]);
        }, iter: 300);

    // Property: fitting gives the size asked for in every mode, also from the most extreme shapes.
    [Fact]
    public void Fits_any_shape() => Gen.Select(PictureTests.Pictures(60), Gen.Enum<FitMode>(), Gen.Int[1, 60], Gen.Int[1, 60]).Sample((picture, mode, width, height) =>
    {
        var fitted = picture.Fit(width, height, mode);
        Assert.Equal((width, height, picture.Format), (fitted.Width, fitted.Height, fitted.Format));
    }, iter: 300);

    // Property: a mask of zeros has no region; blurring spreads no further than the kernel; without blur nothing changes.
    [Fact]
    public void Blur_spreads_as_far_as_its_kernel()
    {
        Assert.Null(CropRegion.Of(new Picture(3, 3, PixelFormat.Rgb)));
        var mask = new Picture(41, 31, PixelFormat.Grey);
        mask.Row(15)[20] = 255;
        PictureTests.AssertSame(mask, mask.BlurMask(0, 0));
        var spread = CropRegion.Of(mask.BlurMask(2, 0))!.Value;
        Assert.Equal((15, 16), (spread.Top, spread.Bottom));
        Assert.InRange(spread.Left, 15, 19);
        Assert.InRange(spread.Right, 22, 26);
    }

    // Property: what a mask covers has no influence on the filling.
    [Fact]
    public void Filling_does_not_look_under_the_mask()
    {
        Picture one = new(20, 20, PixelFormat.Rgb), mask = new(20, 20, PixelFormat.Grey);
        for (int i = 0; i < one.Pixels.Length; i++) one.Pixels[i] = (byte)(i * 7);
        for (int y = 5; y < 12; y++) mask.Row(y)[4..13].Fill(255);
        var other = new Picture(20, 20, PixelFormat.Rgb, one.Pixels);
        for (int y = 5; y < 12; y++) other.Row(y)[12..39].Fill(99);
        PictureTests.AssertSame(one.FillMasked(mask), other.FillMasked(mask));
        Assert.Throws<ArgumentException>(() => one.FillMasked(new Picture(2, 2, PixelFormat.Grey)));
    }
}
