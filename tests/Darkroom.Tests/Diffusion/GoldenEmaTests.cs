using Darkroom.Diffusion;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenEmaTests
{
    // Property: LitEma's decay and shadow weights equal CompVis'.
    [Fact]
    public void LitEma_equals_CompVis() => GoldenCase.CheckAll("diffusion/latent", testCase =>
    {
        bool constant = testCase.Parameters.TryGetProperty("use_num_upates", out var counted) && !counted.GetBoolean();
        double[] decays = [.. Enumerable.Range(1, (int)testCase["decay64"].numel()).Select(n => constant ? testCase.Number("decay") : EmaDecay.LitEma(n, testCase.Number("decay")))];
        testCase.AssertClose("decay64", decays);
        testCase.AssertClose("shadow", Shadows(testCase["initial"], testCase["params"], decays));
        return true;
    }, only: name => name.StartsWith("lit_ema", StringComparison.Ordinal));

    /// <summary>The shadow after every update.</summary>
    internal static Tensor Shadows(Tensor initial, Tensor parameters, double[] decays)
    {
        var shadow = initial;
        return stack([.. decays.Select((decay, i) => shadow = decay * shadow + (1 - decay) * parameters[i])]);
    }
}
