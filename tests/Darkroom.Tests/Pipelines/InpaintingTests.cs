using CsCheck;
using Darkroom.Imaging;
using Darkroom.Pipelines;

namespace Darkroom.Tests.Pipelines;

public sealed class InpaintingTests : IDisposable
{
    private readonly StableDiffusion _blending = TinyModel.Load();
    private readonly StableDiffusion _trained = TinyModel.LoadInpainting();

    public void Dispose()
    {
        _blending.Dispose();
        _trained.Dispose();
    }

    // Property: outside the mask every byte is the input's, for networks with and without inputs for the mask, any size and any format; inside, bytes change.
    [Theory]
    [InlineData(64, 64, PixelFormat.Rgb)]
    [InlineData(67, 45, PixelFormat.Rgb)]
    [InlineData(50, 64, PixelFormat.Rgba)]
    [InlineData(33, 41, PixelFormat.Grey)]
    [InlineData(9, 9, PixelFormat.Rgb)]
    public void Keeps_every_byte_outside_the_mask(int width, int height, PixelFormat format)
    {
        foreach (var model in new[] { _blending, _trained })
            foreach (double strength in new[] { 0.5, 1.0 })
            {
                var (input, mask) = (TinyModel.Colours(width, height, format), TinyModel.Mask(width, height));
                var made = model.Inpaint(Request(input, mask) with { Strength = strength }).Picture;
                AssertKept(input, mask, made);
                Assert.NotEqual(input.Convert(made.Format).Pixels.ToArray(), made.Pixels.ToArray());
            }
    }

    // Property: the same for random sizes and masks of random grey values: below half grey is kept.
    [Fact]
    public void Keeps_every_byte_under_random_masks() => Gen.Select(Gen.Int[8, 40], Gen.Int[8, 40], Gen.Enum<PixelFormat>(), Gen.Int)
        .Sample((width, height, format, seed) =>
        {
            var mask = new Picture(width, height, PixelFormat.Grey);
            new Random(seed).NextBytes(mask.Pixels);
            var input = TinyModel.Colours(width, height, format);
            AssertKept(input, mask, _blending.Inpaint(Request(input, mask) with { Steps = 1 }).Picture);
        }, iter: 8, threads: 1);

    // Property: the caller's picture and mask are left as they were.
    [Fact]
    public void Leaves_its_inputs_alone()
    {
        var (input, mask) = (TinyModel.Colours(64, 64), TinyModel.Mask(64, 64));
        _blending.Inpaint(Request(input, mask));
        Assert.Equal(TinyModel.Colours(64, 64).Pixels.ToArray(), input.Pixels.ToArray());
        Assert.Equal(TinyModel.Mask(64, 64).Pixels.ToArray(), mask.Pixels.ToArray());
    }

    // Property: without composing the picture is the decoder's: equal inside the mask, and what the autoencoder makes of the input outside.
    [Fact]
    public void Without_composing_the_decoder_has_the_last_word()
    {
        var (input, mask) = (TinyModel.Colours(64, 64), TinyModel.Mask(64, 64));
        var composed = _blending.Inpaint(Request(input, mask)).Picture;
        var decoded = _blending.Inpaint(Request(input, mask) with { Compose = false }).Picture;
        bool differsOutside = false;
        for (int i = 0; i < mask.Pixels.Length; i++)
        {
            if (mask.Pixels[i] >= 128) Assert.True(composed.Pixels.Slice(3 * i, 3).SequenceEqual(decoded.Pixels.Slice(3 * i, 3)));
            else differsOutside |= !input.Pixels.Slice(3 * i, 3).SequenceEqual(decoded.Pixels.Slice(3 * i, 3));
        }
        Assert.True(differsOutside);
    }

    // Property: the mask is cut at half grey: 127 is as black, 128 as white.
    [Fact]
    public void Mask_is_cut_at_half_grey()
    {
        var input = TinyModel.Colours(64, 64);
        foreach (var model in new[] { _blending, _trained })
        {
            byte[] Made(byte inside, byte outside) => model.Inpaint(Request(input, TinyModel.Mask(64, 64, inside, outside))).Bytes();
            Assert.Equal(Made(255, 0), Made(128, 127));
        }
    }

    // Property: where a size is asked for, the picture is made at that size, and outside the mask it is the input resized to it.
    [Fact]
    public void Resizes_where_a_size_is_asked_for()
    {
        var (input, mask) = (TinyModel.Colours(50, 40), TinyModel.Mask(50, 40));
        var made = _blending.Inpaint(Request(input, mask) with { Width = 64, Height = 48 }).Picture;
        AssertKept(input.Fit(64, 48, FitMode.Stretch), mask.Fit(64, 48, FitMode.Stretch), made);
    }

    // Property: image to image keeps a size that is no multiple of 8.
    [Theory]
    [InlineData(67, 45)]
    [InlineData(64, 64)]
    [InlineData(3, 5)]
    public void Image_to_image_keeps_the_size(int width, int height)
    {
        var made = _blending.ImageToImage(new(TinyModel.Prompt, TinyModel.Colours(width, height)) { Seed = 1, Steps = 2, Strength = 0.5 });
        Assert.Equal((width, height), (made.Picture.Width, made.Picture.Height));
    }

    private static InpaintRequest Request(Picture input, Picture mask) =>
        new(TinyModel.Prompt, input, mask) { Seed = 9, Steps = 2, Guidance = 4, Sampler = "ddim" };

    private static void AssertKept(Picture input, Picture mask, Picture made)
    {
        Assert.Equal((input.Width, input.Height), (made.Width, made.Height));
        var expected = input.Format == PixelFormat.Grey ? input.Convert(PixelFormat.Rgb) : input;
        Assert.Equal(expected.Format, made.Format);
        int channels = expected.Channels;
        for (int i = 0; i < mask.Pixels.Length; i++)
        {
            if (mask.Pixels[i] < 128)
                Assert.True(expected.Pixels.Slice(channels * i, channels).SequenceEqual(made.Pixels.Slice(channels * i, channels)), $"pixel {i}");
        }
    }
}
