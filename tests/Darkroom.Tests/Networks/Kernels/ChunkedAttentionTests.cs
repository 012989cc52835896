using CsCheck;
using Darkroom.Networks.Kernels;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Kernels;

public class ChunkedAttentionTests
{
    private static readonly Gen<(int Batch, int Heads, int Queries, int Keys, int Width, double Spread, double Offset, int Seed)> Problems =
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 4], Gen.Int[1, 600], Gen.Int[1, 600], Gen.Int[1, 24], Gen.Double[0.1, 3], Gen.Double[-20, 20], Gen.Int[0, 1000])
            .Select((batch, heads, queries, keys, width, spread, offset, seed) => (batch, heads, queries, keys, 8 * width, spread, offset, seed));

    // Property: for any sizes, spreads and offsets of the keys the result is that of exact attention on the same numbers, within what bfloat16 holds.
    [Fact]
    public void Agrees_with_exact_attention()
    {
        Assert.SkipUnless(SoftmaxKernel.IsSupported, "This processor has no 512-bit vectors.");
        Problems.Sample(problem =>
        {
            using var guard = no_grad();
            using var scope = NewDisposeScope();
            var generator = new Generator((ulong)problem.Seed, CPU);
            Tensor Draw(int tokens, double factor, double shift) => Split(
                (factor * randn([problem.Batch, tokens, problem.Heads * problem.Width], generator: generator)
                    + shift * randn([1, 1, problem.Heads * problem.Width], generator: generator)).to(ScalarType.BFloat16), problem.Heads);
            var query = Draw(problem.Queries, problem.Spread, 0);
            var key = Draw(problem.Keys, problem.Spread, problem.Offset);
            var value = Draw(problem.Keys, 1, 0.5);
            Assert.InRange(NetworkFixtures.RelativeError(ChunkedAttention.Attend(query, key, value), Exact(query, key, value)), 0, 0.01);
        }, iter: 60, threads: 1);
    }

    // Property: at the sizes of Stable Diffusion 1 the error is at most 5e-3 even where few scores dominate (plain products in bfloat16: above 1e-2).
    [Theory]
    [InlineData(1024, 1024, 80)]
    [InlineData(4096, 77, 40)]
    [InlineData(256, 256, 160)]
    public void Is_accurate_where_few_scores_dominate(int queries, int keys, int width)
    {
        Assert.SkipUnless(SoftmaxKernel.IsSupported, "This processor has no 512-bit vectors.");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var generator = new Generator(5, CPU);
        Tensor Draw(int tokens, double factor) => Split((factor * randn([1, tokens, 8 * width], generator: generator)).to(ScalarType.BFloat16), 8);
        var (query, key, value) = (Draw(queries, 1.5), Draw(keys, 1.5), Draw(keys, 1));
        Assert.InRange(NetworkFixtures.RelativeError(ChunkedAttention.Attend(query, key, value), Exact(query, key, value)), 0, 5e-3);
    }

    // Property: the result of a picture is bit for bit the same whatever else is in the batch and whatever the number of threads.
    [Fact]
    public void Does_not_depend_on_batch_or_threads()
    {
        Assert.SkipUnless(SoftmaxKernel.IsSupported, "This processor has no 512-bit vectors.");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Tensor Draw(ulong seed) => Split(randn([2, 512, 64], generator: new Generator(seed, CPU)).to(ScalarType.BFloat16), 4);
        var (query, key, value) = (Draw(1), Draw(2), Draw(3));
        var together = ChunkedAttention.Attend(query, key, value);
        var alone = ChunkedAttention.Attend(query[..1], key[..1], value[..1]);
        Assert.True(together[..1].equal(alone).all().item<bool>());
        int threads = get_num_threads();
        set_num_threads(1);
        var single = ChunkedAttention.Attend(query, key, value);
        set_num_threads(threads);
        Assert.True(together.equal(single).all().item<bool>());
    }

    // Property: it is not used where gradients are wanted, nor for other dtypes.
    [Fact]
    public void Is_for_inference_in_bfloat16_alone()
    {
        using var scope = NewDisposeScope();
        var x = zeros([1, 1, 256, 64], ScalarType.BFloat16);
        Assert.False(ChunkedAttention.Supports(x, x, x));
        using var guard = no_grad();
        Assert.Equal(SoftmaxKernel.IsSupported, ChunkedAttention.Supports(x, x, x));
        var single = x.to(ScalarType.Float32);
        Assert.False(ChunkedAttention.Supports(single, single, single));
    }

    private static Tensor Split(Tensor tokens, int heads) => tokens.unflatten(2, [heads, -1]).transpose(1, 2);

    private static Tensor Exact(Tensor query, Tensor key, Tensor value)
    {
        var scores = query.to(ScalarType.Float64).matmul(key.to(ScalarType.Float64).transpose(2, 3)) / Math.Sqrt(query.shape[3]);
        return scores.softmax(-1).matmul(value.to(ScalarType.Float64));
    }
}
