using CsCheck;

namespace Darkroom.Tests.Pipelines;

public class PictureSizeTests
{
    // Property: any multiple of 8 gives a picture of that size, and latents an eighth of it.
    [Fact]
    public void Any_multiple_of_8()
    {
        using var model = TinyModel.Load();
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12]).Sample((width, height) =>
        {
            var made = model.TextToImage(TinyModel.Request with { Steps = 1, Width = 8 * width, Height = 8 * height });
            Assert.Equal((8 * width, 8 * height), (made.Picture.Width, made.Picture.Height));
            Assert.Equal([1, 4, height, width], made.LatentShape);
        }, iter: 12, threads: 1);
    }

    // Property: without a size the picture has the model's own.
    [Fact]
    public void Own_size_by_default()
    {
        using var model = TinyModel.Load();
        var made = model.TextToImage(TinyModel.Request with { Width = null, Height = null });
        Assert.Equal((64, 64), (made.Picture.Width, made.Picture.Height));
    }

    // Property: a picture decoded in tiles is nearly that decoded at once: statistics of one tile are those of the whole.
    [Fact]
    public void Tiled_decoding_gives_nearly_the_same()
    {
        var request = TinyModel.Request with { Steps = 1, Width = 640, Height = 64 };
        using var whole = TinyModel.Load(TinyModel.Options with { TileAbovePixels = long.MaxValue });
        using var tiled = TinyModel.Load(TinyModel.Options with { TileAbovePixels = 0 });
        byte[] a = whole.TextToImage(request).Bytes(), b = tiled.TextToImage(request).Bytes();
        var differences = a.Zip(b, (x, y) => Math.Abs(x - y)).ToList();
        Assert.True(differences.Max() <= 3, $"differs by up to {differences.Max()}");
        Assert.True(differences.Average() < 0.5, $"differs by {differences.Average()} on average");
    }
}
