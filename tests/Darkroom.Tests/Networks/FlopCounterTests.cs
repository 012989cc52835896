using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

public class FlopCounterTests
{
    private static readonly ClipTextConfig Small = new() { VocabSize = 10, HiddenSize = 8, IntermediateSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 2 };

    // Property: the count of a text encoder is what one works out by hand: per layer four projections, two of the feed-forward part, scores and weighted sums.
    [Fact]
    public void Text_encoder_is_counted()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var encoder = new ClipTextEncoder(Small);
        using var counter = new FlopCounter(encoder);
        encoder.Encode(zeros([3, 5], ScalarType.Int64));
        const long tokens = 3 * 5, width = 8;
        Assert.Equal(2 * 2 * (tokens * (4 * width * width + 2 * width * 32) + 2 * 3 * 5 * 5 * width), counter.Flops);
    }

    // Property: it counts while it exists and no longer.
    [Fact]
    public void Counting_ends()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var autoencoder = new AutoencoderKL(new AutoencoderConfig { BlockOutChannels = [8], LayersPerBlock = 1, NormNumGroups = 4 });
        var counter = new FlopCounter(autoencoder);
        autoencoder.Decode(zeros(1, 4, 4, 4));
        long counted = counter.Flops;
        counter.Dispose();
        autoencoder.Decode(zeros(1, 4, 4, 4));
        Assert.True(counted > 0);
        Assert.Equal(counted, counter.Flops);
    }
}
