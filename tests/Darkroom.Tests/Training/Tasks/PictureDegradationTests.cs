using Darkroom.Runtime;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training.Tasks;

public class PictureDegradationTests
{
    private static readonly PictureDegradation None = new()
    {
        Turn = 0,
        Stretch = 0,
        Bend = 0,
        Blur = 0,
        Noise = 0,
        SmoothNoise = 0,
        Contrast = 0,
        Colour = 0,
    };

    // Property: with every amount at nothing a picture stays as it is.
    [Fact]
    public void Nothing_changes_nothing()
    {
        using var pictures = rand(2, 3, 64, 64) * 2 - 1;
        using var same = None.Apply(pictures, new TorchGenerator(1));
        Assert.True((same - pictures).abs().max().item<float>() < 1e-4);
    }

    // Property: the result is the generator's alone, stays in range, differs between the pictures of a batch and is not far from the input.
    [Fact]
    public void Pictures_are_changed_a_little_each_in_its_own_way()
    {
        using var one = Blob();
        using var pictures = one.expand(8, 3, 64, 64);
        using var first = new PictureDegradation().Apply(pictures, new TorchGenerator(1));
        using var again = new PictureDegradation().Apply(pictures, new TorchGenerator(1));
        Assert.True(first.equal(again).all().item<bool>());
        Assert.InRange(first.min().item<float>(), -1, 1);
        Assert.InRange(first.max().item<float>(), -1, 1);
        for (int i = 0; i < 8; i++)
        {
            Assert.InRange((first[i] - one[0]).abs().mean().item<float>(), 0.005f, 0.35f);
            if (i > 0) Assert.True((first[i] - first[0]).abs().mean().item<float>() > 0.01);
        }
    }

    // Property: each amount acts by itself.
    [Theory]
    [InlineData("Turn")]
    [InlineData("Stretch")]
    [InlineData("Bend")]
    [InlineData("Blur")]
    [InlineData("Noise")]
    [InlineData("SmoothNoise")]
    [InlineData("Contrast")]
    [InlineData("Colour")]
    public void Each_amount_acts(string name)
    {
        var some = None with { };
        var property = typeof(PictureDegradation).GetProperty(name)!;
        property.SetValue(some, property.GetValue(new PictureDegradation()));
        using var picture = Blob();
        using var changed = some.Apply(picture, new TorchGenerator(2));
        Assert.True((changed - picture).abs().mean().item<float>() > 1e-3);
    }

    /// <summary>A square with a hard edge, off the middle.</summary>
    private static Tensor Blob()
    {
        var picture = full([1, 3, 64, 64], -0.5f);
        picture.narrow(2, 10, 30).narrow(3, 20, 30).fill_(0.7f);
        return picture;
    }
}
