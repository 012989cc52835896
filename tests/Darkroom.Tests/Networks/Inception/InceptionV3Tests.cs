using Darkroom.Networks.Inception;
using Darkroom.Networks.Layers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Inception;

public class InceptionV3Tests
{
    // Property: keys and shapes are those of the public file pt_inception-2015-12-05-6726825d.pth, as its network's layer table gives them.
    [Fact]
    public void Keys_are_those_of_the_public_weights()
    {
        using var network = new InceptionV3(device: META);
        string list = Path.Combine(GoldenData.RepositoryRoot, "tests", "Darkroom.Tests", "Networks", "Inception", "inception-v3-2015-12-05.keys.txt");
        Assert.Equal(File.ReadAllLines(list).Order(StringComparer.Ordinal),
            network.state_dict().Select(s => $"{s.Key} [{string.Join(", ", s.Value.shape)}]").Order(StringComparer.Ordinal));
    }

    // Property: it has as many parameters as published: torchvision's 27,161,264 less the auxiliary head's 3,326,696, and 1008 classes where that has 1000.
    [Fact]
    public void Parameters_are_as_many_as_published()
    {
        using var network = new InceptionV3(device: META);
        Assert.Equal(27_161_264 - 3_326_696 + 8 * 2049, network.parameters().Sum(p => p.numel()));
    }

    // Property: pictures of 299 x 299 give 2048 features and 1008 scores, finite, and each its own whatever stands beside it.
    [Fact]
    public void Random_weights_give_finite_features()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator(7, CPU);
        using var network = new InceptionV3(device: META);
        Fill(network, generator);
        var pictures = rand([2, 3, 299, 299], generator: generator) * 2 - 1;
        var (features, logits) = network.Forward(pictures);
        Assert.Equal([2, 2048], features.shape);
        Assert.Equal([2, 1008], logits.shape);
        Assert.True(features.isfinite().all().item<bool>() && logits.isfinite().all().item<bool>());
        Assert.True((features[0] - features[1]).abs().max().item<float>() > 1e-6);
        var (alone, _) = network.Forward(pictures.narrow(0, 1, 1));
        Assert.True((features[1] - alone[0]).abs().max().item<float>() < 1e-4 * features[1].abs().max().item<float>());
    }

    // Property: the scores leave out the bias of the last layer.
    [Fact]
    public void Scores_have_no_bias()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator(7, CPU);
        using var network = new InceptionV3(device: META);
        Fill(network, generator);
        var (features, logits) = network.Forward(rand([1, 3, 299, 299], generator: generator));
        var expected = features.matmul(network.state_dict()["fc.weight"].transpose(0, 1));
        Assert.True((logits - expected).abs().max().item<float>() < 1e-4 * expected.abs().max().item<float>());
    }

    // Property: pooling that keeps the size averages without the zeros around the picture, but takes maxima in the last block.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pooling_is_that_of_the_graph(bool maximum)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var block = new InceptionBlockE(4, maximum, new LayerOptions(ScalarType.Float32, CPU));
        foreach (var (name, value) in block.state_dict().Where(s => s.Key.EndsWith("conv.weight", StringComparison.Ordinal))) value.zero_();
        block.state_dict()["branch_pool.conv.weight"][0, 2] = 1;
        using var generator = new Generator(1, CPU);
        var x = rand([1, 4, 5, 5], generator: generator) + 1;
        var corner = x[0, 2].narrow(0, 0, 2).narrow(1, 0, 2);
        var pooled = block.forward(x)[0, 2048 - 192];
        Assert.Equal((maximum ? corner.max() : corner.mean()).item<float>() / Math.Sqrt(1.001), pooled[0, 0].item<float>(), 1e-5);
    }

    private static void Fill(InceptionV3 network, Generator generator)
    {
        using var source = InceptionWeights.Random(generator);
        Darkroom.Checkpoints.ModuleLoader.Load(network, source);
    }
}
