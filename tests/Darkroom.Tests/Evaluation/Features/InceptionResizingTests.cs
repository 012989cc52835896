using Darkroom.Evaluation.Features;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Features;

public class InceptionResizingTests
{
    // Property: worked out by hand for two columns, 0 and 204 of 255, made four: about centres 0, 1/4, 3/4, 1 of the way; about corners 0, 1/2, 1, 1.
    [Theory]
    [InlineData(InceptionResizing.PytorchFid, new[] { 0.0, 0.25, 0.75, 1 })]
    [InlineData(InceptionResizing.TorchFidelity, new[] { 0.0, 0.5, 1, 1 })]
    public void Two_columns_become_four(InceptionResizing resizing, double[] way)
    {
        using var scope = NewDisposeScope();
        var picture = tensor((float[])[0f, 204f], [1, 1, 1, 2]).expand(1, 3, 2, 2) / 127.5f - 1;
        var resized = InceptionResizings.Apply(resizing, picture, 4);
        Assert.Equal([1, 3, 4, 4], resized.shape);
        double Scaled(double pixel) => resizing == InceptionResizing.PytorchFid ? 2 * pixel / 255 - 1 : (pixel - 128) / 128;
        for (int row = 0; row < 4; row++)
        {
            for (int column = 0; column < 4; column++) Assert.Equal(Scaled(204 * way[column]), resized[0, 1, row, column].item<float>(), 1e-6);
        }
    }

    // Property: a picture of the right size is left as it is, up to the scale of its numbers.
    [Fact]
    public void The_right_size_is_kept()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        var picture = rand([1, 3, 9, 9], generator: generator) * 2 - 1;
        Assert.True((InceptionResizings.Apply(InceptionResizing.PytorchFid, picture, 9) - picture).abs().max().item<float>() < 1e-6);
        var expected = ((picture + 1) * 127.5 - 128) / 128;
        Assert.True((InceptionResizings.Apply(InceptionResizing.TorchFidelity, picture, 9) - expected).abs().max().item<float>() < 1e-6);
    }
}
