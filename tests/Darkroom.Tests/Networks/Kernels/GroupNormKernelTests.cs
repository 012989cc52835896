using CsCheck;
using Darkroom.Networks.Kernels;
using Darkroom.Networks.Layers;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Kernels;

public class GroupNormKernelTests
{
    private static readonly int[] Groups = [1, 4, 8];
    private static readonly int[] Widths = [4, 8, 12, 32];

    private static readonly Gen<(int Batch, int Groups, int Width, int Height, int Pixels, double Offset, bool Adds, bool Silu, int Seed)> Problems =
        Gen.Select(Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Double[-10, 10], Gen.Bool, Gen.Bool)
            .Select(Gen.Int[0, 1000], (p, seed) => (p.Item1, Groups[p.Item2], Widths[p.Item3], p.Item4, p.Item5, p.Item6, p.Item7, p.Item8, seed));

    // Property: in float32, for any sizes and offsets, the error is a few roundings of float32.
    [Fact]
    public void Float32_is_exact_to_rounding() => Problems.Sample(problem => Check(problem, ScalarType.Float32, 2e-6), iter: 100, threads: 1);

    // Property: in bfloat16 the error is about one rounding of the result.
    [Fact]
    public void BFloat16_is_exact_to_rounding()
    {
        Assert.SkipUnless(BFloat16Rows.IsSupported, "This processor has no 512-bit vectors.");
        Problems.Where(problem => problem.Groups * problem.Width % BFloat16Rows.Lanes == 0)
            .Sample(problem => Check(problem, ScalarType.BFloat16, 4e-3), iter: 100, threads: 1);
    }

    // Property: the error doesn't grow with the picture (libtorch's own channels-last path: 5e-5 here).
    [Fact]
    public void Large_pictures_are_as_exact()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Check((1, 8, 4, 512, 256, 3, false, false, 1), ScalarType.Float32, 1e-6);
    }

    // Property: any number of threads gives the same bits.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Threads_change_nothing(ScalarType dtype)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var x = MemoryLayout.ChannelsLast(randn([2, 64, 50, 41], generator: new Generator(2, CPU)).to(dtype));
        Assert.SkipUnless(GroupNormKernel.Supports(x), "This processor has no 512-bit vectors.");
        var (weight, bias) = (ones(64, dtype), zeros(64, dtype));
        int threads = get_num_threads();
        set_num_threads(1);
        var one = GroupNormKernel.Normalise(x, null, 32, weight, bias, 1e-5, silu: true);
        set_num_threads(3);
        var three = GroupNormKernel.Normalise(x, null, 32, weight, bias, 1e-5, silu: true);
        set_num_threads(threads);
        Assert.True(one.equal(three).all().item<bool>());
    }

    // Property: it is used for channels-last pictures without gradient alone, and the result is channels-last again.
    [Fact]
    public void Is_for_channels_last_inference()
    {
        using var scope = NewDisposeScope();
        var contiguous = randn(1, 32, 4, 5);
        var last = MemoryLayout.ChannelsLast(contiguous);
        Assert.False(GroupNormKernel.Supports(last));
        using var guard = no_grad();
        Assert.True(GroupNormKernel.Supports(last));
        Assert.False(GroupNormKernel.Supports(contiguous));
        Assert.True(GroupNormKernel.Supports(GroupNormKernel.Normalise(last, null, 8, ones(32), zeros(32), 1e-5, silu: false)));
    }

    private static void Check(
        (int Batch, int Groups, int Width, int Height, int Pixels, double Offset, bool Adds, bool Silu, int Seed) problem, ScalarType dtype, double bound)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var generator = new Generator((ulong)problem.Seed, CPU);
        int channels = problem.Groups * problem.Width;
        Tensor Draw(params long[] shape) => randn(shape, generator: generator);
        var x = MemoryLayout.ChannelsLast((Draw(problem.Batch, channels, problem.Height, problem.Pixels) + problem.Offset).to(dtype));
        var (weight, bias) = (Draw(channels).to(dtype), Draw(channels).to(dtype));
        var added = problem.Adds ? Draw(problem.Batch, channels).to(dtype) : null;
        var actual = GroupNormKernel.Normalise(x, added, problem.Groups, weight, bias, 1e-5, problem.Silu);

        var exact = x.contiguous().to(ScalarType.Float64);
        if (added is not null) exact += added.to(ScalarType.Float64).unsqueeze(-1).unsqueeze(-1);
        exact = nn.functional.group_norm(exact, problem.Groups, weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), 1e-5);
        if (problem.Silu) exact = nn.functional.silu(exact);
        Assert.InRange(NetworkFixtures.RelativeError(actual, exact), 0, bound);
    }
}
