using Darkroom.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Runtime;

public class TorchNoiseTests
{
    // Property: noise has the shape and dtype asked for, is drawn in float32, and consecutive draws go on in the stream.
    [Fact]
    public void Draws_in_float32_and_goes_on()
    {
        using var scope = NewDisposeScope();
        var noise = new TorchNoise(42);
        var first = noise.Next(empty(1, 4, 8, 8));
        var second = noise.Next(empty([1, 4, 8, 8], ScalarType.BFloat16));
        var generator = new TorchGenerator(42);
        var expected = new float[256];
        generator.Randn(expected);
        Assert.Equal(expected, first.data<float>().ToArray());
        Assert.Equal([1, 4, 8, 8], first.shape);
        generator.Randn(expected);
        Assert.Equal(ScalarType.BFloat16, second.dtype);
        Assert.True(second.equal(tensor(expected, [1, 4, 8, 8]).bfloat16()).all().item<bool>());
    }

    // Property: row k of a batch is what its source gives alone.
    [Fact]
    public void A_batch_row_is_what_it_would_be_alone()
    {
        using var scope = NewDisposeScope();
        var batch = new BatchNoise([new TorchNoise(7), new TorchNoise(8)]).Next(empty(2, 4, 5, 6));
        Assert.True(batch[1].equal(new TorchNoise(8).Next(empty(4, 5, 6))).all().item<bool>());
        Assert.Throws<ArgumentException>(() => new BatchNoise([new TorchNoise(7)]).Next(empty(2, 1)));
    }

    // Property: nothing but the result remains alive.
    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using var like = empty(2, 4, 8, 8);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new BatchNoise([new TorchNoise(7), new TorchNoise(8)]).Next(like).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
