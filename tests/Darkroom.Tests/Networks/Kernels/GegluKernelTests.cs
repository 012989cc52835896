using CsCheck;
using Darkroom.Networks.Kernels;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Kernels;

public class GegluKernelTests
{
    // Property: for rows of any number and spread the error against the exact gelu is about one rounding of the result.
    [Fact]
    public void Agrees_with_the_exact_gelu()
    {
        Assert.SkipUnless(BFloat16Rows.IsSupported, "This processor has no 512-bit vectors.");
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 6], Gen.Double[0.01, 30], Gen.Int[0, 1000]).Sample((rows, vectors, spread, seed) =>
        {
            using var guard = no_grad();
            using var scope = NewDisposeScope();
            var projected = (spread * randn([2, rows, 64 * vectors], generator: new Generator((ulong)seed, CPU))).to(ScalarType.BFloat16);
            Assert.True(GegluKernel.Supports(projected));
            var halves = projected.to(ScalarType.Float64).chunk(2, dim: -1);
            Assert.InRange(NetworkFixtures.RelativeError(GegluKernel.Gate(projected), halves[0] * nn.functional.gelu(halves[1])), 0, 3e-3);
        }, iter: 100, threads: 1);
    }

    // Property: every single gate is right to 4e-5 of itself or of one, besides the rounding to bfloat16, from the deepest tail to the largest number.
    [Fact]
    public void Every_gate_is_right()
    {
        Assert.SkipUnless(BFloat16Rows.IsSupported, "This processor has no 512-bit vectors.");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var gates = linspace(-40, 40, 1 << 15).to(ScalarType.BFloat16).reshape(-1, 32);
        var actual = GegluKernel.Gate(cat([ones_like(gates), gates], dim: 1)).to(ScalarType.Float64);
        var exact = nn.functional.gelu(gates.to(ScalarType.Float64));
        var allowed = 0.004 * exact.abs() + 4e-5 * gates.to(ScalarType.Float64).abs().clamp(0, 1);
        Assert.True((actual - exact).abs().le(allowed).all().item<bool>());
    }
}
