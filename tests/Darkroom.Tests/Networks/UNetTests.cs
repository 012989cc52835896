using Darkroom.Networks.Blocks;
using Darkroom.Networks.Unet;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

public class UNetTests
{
    private static readonly UnetConfig Small = new()
    {
        BlockOutChannels = [32, 64],
        DownBlockTypes = [UnetBlockKind.CrossAttention, UnetBlockKind.Plain],
        UpBlockTypes = [UnetBlockKind.Plain, UnetBlockKind.CrossAttention],
        LayersPerBlock = [1, 1],
        TransformerLayersPerBlock = [1, 1],
        NumAttentionHeads = [4, 4],
        CrossAttentionDim = 16,
        NormNumGroups = 8,
    };

    private static UNet Drawn(UnetConfig config, int seed = 1, bool zeroBranches = false)
    {
        var unet = new UNet(config);
        using var generator = new Generator((ulong)seed, CPU);
        unet.InitialiseWeights(generator);
        if (zeroBranches) return unet;
        using var guard = no_grad();
        foreach (var parameter in unet.parameters()) parameter.add_(0.02 * randn(parameter.shape, generator: generator));
        return unet;
    }

    private static Tensor Noise(params long[] shape) => randn(shape, generator: new Generator(3, CPU));

    // Property: a network that is to be trained from nothing predicts zero, because its last convolution and its residual branches start at zero.
    [Fact]
    public void Fresh_networks_predict_zero()
    {
        using var scope = NewDisposeScope();
        using var unet = Drawn(Small, zeroBranches: true);
        using var guard = no_grad();
        Assert.Equal(0, unet.Predict(Noise(1, 4, 8, 8), tensor(5), Noise(1, 7, 16)).abs().max().item<float>());
    }

    // Property: the same generator gives the same weights.
    [Fact]
    public void Weights_follow_the_generator()
    {
        using var scope = NewDisposeScope();
        using var one = Drawn(Small, seed: 4);
        using var two = Drawn(Small, seed: 4);
        foreach (var (name, weight) in one.named_parameters()) Assert.True(weight.equal(two.get_parameter(name)!).all().item<bool>(), name);
    }

    // Property: every weight gets a gradient, so the same network is the one that is trained.
    [Fact]
    public void Every_weight_gets_a_gradient()
    {
        using var scope = NewDisposeScope();
        using var unet = Drawn(Small);
        unet.Predict(Noise(2, 4, 8, 8), tensor(new[] { 5f, 700f }), Noise(2, 7, 16)).square().mean().backward();
        foreach (var (name, weight) in unet.named_parameters())
            Assert.True(weight.grad is { } gradient && gradient.abs().max().item<float>() > 0, $"{name} has no gradient");
    }

    // Property: gradients are the slopes of the loss (central difference in float64 arithmetic over float32 weights, in a random direction).
    [Fact]
    public void Gradients_are_slopes()
    {
        using var scope = NewDisposeScope();
        using var unet = Drawn(Small).to(ScalarType.Float64);
        var x = Noise(1, 4, 8, 8).to(ScalarType.Float64);
        var context = Noise(1, 5, 16).to(ScalarType.Float64);
        Tensor Loss() => unet.Predict(x, tensor(500), context).square().mean();
        Loss().backward();
        var generator = new Generator(9, CPU);
        var direction = unet.parameters().Select(p => randn(p.shape, generator: generator).to(ScalarType.Float64)).ToList();
        double slope = unet.parameters().Zip(direction, (p, d) => (p.grad! * d).sum().item<double>()).Sum();
        double Moved(double step)
        {
            using var guard = no_grad();
            foreach (var (parameter, d) in unet.parameters().Zip(direction)) parameter.add_(step * d);
            double loss = Loss().item<double>();
            foreach (var (parameter, d) in unet.parameters().Zip(direction)) parameter.add_(-step * d);
            return loss;
        }
        const double step = 1e-6;
        Assert.Equal(slope, (Moved(step) - Moved(-step)) / (2 * step), Math.Abs(slope) * 1e-4);
    }

    // Property: latents of odd height and width come back at their own size.
    [Theory]
    [InlineData(9, 13)]
    [InlineData(8, 5)]
    [InlineData(1, 1)]
    public void Any_size_is_kept(long height, long width)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var unet = Drawn(Small);
        Assert.Equal([2, 4, height, width], unet.Predict(Noise(2, 4, height, width), tensor(5), Noise(2, 7, 16)).shape);
    }

    // Property: the result of one picture doesn't depend on the others of its batch (to rounding).
    [Fact]
    public void Pictures_of_a_batch_are_independent()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var unet = Drawn(Small);
        var x = Noise(3, 4, 8, 8);
        var context = Noise(3, 7, 16);
        var together = unet.Predict(x, tensor(5), context);
        for (int i = 0; i < 3; i++)
            NetworkFixtures.Near(together[i..(i + 1)], unet.Predict(x[i..(i + 1)], tensor(5), context[i..(i + 1)]), $"picture {i}");
    }

    // Property: half precisions agree with float32 within what their mantissas allow, and the result has the dtype of the input.
    [Theory]
    [InlineData(ScalarType.BFloat16, 0.05)]
    [InlineData(ScalarType.Float16, 0.006)]
    public void Half_precision_is_close(ScalarType dtype, double bound)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var unet = Drawn(Small);
        var x = Noise(2, 4, 16, 16);
        var context = Noise(2, 7, 16);
        var reference = unet.Predict(x, tensor(301), context);
        unet.to(dtype);
        Assert.Equal(dtype, unet.Dtype);
        var half = unet.Predict(x, tensor(301), context);
        Assert.Equal(ScalarType.Float32, half.dtype);
        double error = NetworkFixtures.RelativeError(half, reference);
        Assert.InRange(error, 1e-5, bound);
    }

    // Property: an attention processor sees every attention layer once, with heads and kind, and may change the result.
    [Fact]
    public void Attention_is_exchangeable()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var unet = Drawn(Small);
        var x = Noise(1, 4, 8, 8);
        var context = Noise(1, 7, 16);
        var plain = unet.Predict(x, tensor(5), context);
        var watcher = new Watcher();
        unet.AttentionProcessor = watcher;
        NetworkFixtures.Near(unet.Predict(x, tensor(5), context), plain, "watched");
        string[] places = ["down_blocks.0.attentions.0", "mid_block.attentions.0", "up_blocks.1.attentions.0", "up_blocks.1.attentions.1"];
        Assert.Equal(places.SelectMany(place => new[] { $"{place}.transformer_blocks.0.attn1", $"{place}.transformer_blocks.0.attn2" }),
            watcher.Sites.Select(site => site.Path));
        Assert.All(watcher.Sites, site => Assert.Equal(site.Path.EndsWith("attn2", StringComparison.Ordinal), site.IsCross));
    }

    // Property: a missing or unfitting condition is refused with its name, before anything is computed.
    [Fact]
    public void Unfitting_inputs_are_refused()
    {
        using var scope = NewDisposeScope();
        using var unet = Drawn(Small);
        Assert.Throws<DarkroomException>(() => unet.Predict(Noise(1, 4, 8, 8), tensor(5)));
        Assert.Throws<DarkroomException>(() => unet.Predict(Noise(1, 3, 8, 8), tensor(5), Noise(1, 7, 16)));
        Assert.Throws<DarkroomException>(() => unet.Predict(Noise(1, 4, 8, 8), tensor(5), Noise(1, 7, 24)));
        Assert.Throws<DarkroomException>(() => unet.Predict(Noise(1, 4, 8, 8), tensor(5), Noise(1, 7, 16), new UnetConditioning { DownResiduals = [] }));
        using var classes = Drawn(Small with { NumClassEmbeds = 10 });
        var error = Assert.Throws<DarkroomException>(() => classes.Predict(Noise(1, 4, 8, 8), tensor(5), Noise(1, 7, 16)));
        Assert.Equal(nameof(UnetConditioning.ClassLabels), error.Problems[0].Where);
    }

    // Property: a prediction leaves no tensor behind but its result.
    [Fact]
    public void Nothing_leaks()
    {
        using var guard = no_grad();
        using var unet = Drawn(Small);
        using var x = Noise(1, 4, 8, 8);
        using var time = tensor(5);
        using var context = Noise(1, 7, 16);
        using (unet.Predict(x, time, context)) { }
        long before = Tensor.TotalCount;
        using (unet.Predict(x, time, context)) { }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private sealed class Watcher : IAttentionProcessor
    {
        private readonly ScaledDotProduct _plain = new();

        public List<AttentionSite> Sites { get; } = [];

        public Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value)
        {
            Sites.Add(site);
            return _plain.Attend(site, query, key, value);
        }
    }
}
