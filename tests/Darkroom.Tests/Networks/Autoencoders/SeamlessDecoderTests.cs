using Darkroom.Networks.Autoencoders;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Autoencoders;

public class SeamlessDecoderTests
{
    private static readonly AutoencoderConfig Small = new()
    {
        BlockOutChannels = [32, 32, 64],
        LayersPerBlock = 1,
        NormNumGroups = 8,
        SampleSize = 64,
    };

    // Property: with one tile as large as the picture the statistics are exact, so the result is that of decoding at once.
    [Fact]
    public void One_tile_equals_decoding_at_once()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Autoencoder();
        var latents = Latents(24, 20);
        var whole = autoencoder.Decode(latents);
        var tiled = new SeamlessDecoder(autoencoder) { LatentTile = 24 }.Decode(latents);
        Assert.True(Distance(tiled, whole) < 1e-5, $"{Distance(tiled, whole)}");
    }

    // Property: tiles don't show: the picture is close to that decoded at once, and no less so beside a tile's edge than elsewhere.
    [Fact]
    public void Tiles_do_not_show()
    {
        const int tile = 12;
        using var scope = NewDisposeScope();
        using var autoencoder = Autoencoder();
        var latents = Latents(30, 30);
        var whole = autoencoder.Decode(latents);
        var tiled = new SeamlessDecoder(autoencoder) { LatentTile = tile }.Decode(latents);
        Assert.True(Distance(tiled, whole) < 0.05, $"relative difference {Distance(tiled, whole)}");

        var difference = (tiled - whole).mean([0, 1]);
        var steps = difference.diff(1, 0).abs().mean([1]).data<float>().ToArray();
        int side = tile * autoencoder.Config.Factor;
        double edges = steps.Where((_, row) => (row + 1) % side == 0).Average(), others = steps.Where((_, row) => (row + 1) % side != 0).Average();
        Assert.True(edges < 1.5 * others, $"steps of the difference: {edges} at edges, {others} elsewhere");
    }

    // Property: it is at least twice as close to decoding at once as tiles with statistics of their own that are blended.
    [Fact]
    public void It_is_closer_than_blended_tiles()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Autoencoder();
        var latents = Latents(30, 30);
        var whole = autoencoder.Decode(latents);
        var blended = new AutoencoderTiling(autoencoder) { LatentTile = 12, Overlap = 0.25 }.Decode(latents);
        var seamless = new SeamlessDecoder(autoencoder) { LatentTile = 12 }.Decode(latents);
        Assert.True(Distance(seamless, whole) < 0.5 * Distance(blended, whole), $"{Distance(seamless, whole)} against {Distance(blended, whole)}");
    }

    // Property: a stop leaves the autoencoder as it was.
    [Fact]
    public void Cancelling_leaves_the_autoencoder_usable()
    {
        using var scope = NewDisposeScope();
        using var autoencoder = Autoencoder();
        var latents = Latents(16, 16);
        var before = autoencoder.Decode(latents);
        Assert.Throws<OperationCanceledException>(() => new SeamlessDecoder(autoencoder) { LatentTile = 8 }.Decode(latents, new CancellationToken(true)));
        Assert.True(before.Equals(autoencoder.Decode(latents)));
    }

    private static AutoencoderKL Autoencoder()
    {
        var generator = new Generator(5, CPU);
        var autoencoder = new AutoencoderKL(Small);
        autoencoder.InitialiseWeights(generator);
        autoencoder.eval();
        return autoencoder;
    }

    private static Tensor Latents(int height, int width) => randn([1, 4, height, width], generator: new Generator(7, CPU));

    private static double Distance(Tensor a, Tensor b) => ((a - b).norm() / b.norm()).to_type(ScalarType.Float64).item<double>();
}
