using Darkroom.Pipelines;

namespace Darkroom.Tests.Pipelines;

public sealed class SeedVariationTests : IDisposable
{
    private readonly StableDiffusion _model = TinyModel.Load();

    public void Dispose() => _model.Dispose();

    // Property: strength 0 is the seed's picture and strength 1 that of the variation seed, byte for byte, as no noise is drawn but the first; between lies another.
    [Fact]
    public void Goes_from_one_seed_to_the_other()
    {
        byte[] Made(long seed, double strength) =>
            _model.TextToImage(TinyModel.Request with { Seed = seed, VariationSeed = 99, VariationStrength = strength }).Bytes();
        byte[] half = Made(7, 0.5);
        Assert.Equal(_model.TextToImage(TinyModel.Request).Bytes(), Made(7, 0));
        Assert.Equal(_model.TextToImage(TinyModel.Request with { Seed = 99 }).Bytes(), Made(7, 1));
        Assert.NotEqual(Made(7, 0), half);
        Assert.NotEqual(Made(7, 1), half);
        Assert.NotEqual(Made(8, 0.5), half);
    }

    // Property: with image to image, only the added noise is varied: strength 1 is the noise of the other seed, while the input is encoded as with the first.
    [Fact]
    public void Varies_the_added_noise_of_image_to_image()
    {
        var request = new ImageToImageRequest("a", TinyModel.Colours(64, 64)) { Seed = 7, Steps = 2, Strength = 1, Sampler = "ddim" };
        byte[] Made(double strength) => _model.ImageToImage(request with { VariationSeed = 99, VariationStrength = strength }).Bytes();
        Assert.Equal(_model.ImageToImage(request).Bytes(), Made(0));
        Assert.NotEqual(Made(0), Made(1));
        Assert.NotEqual(Made(0.5), Made(1));
    }
}
