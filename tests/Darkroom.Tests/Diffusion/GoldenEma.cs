using Darkroom.Diffusion;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenEma
{
    // Property: LitEma's decay and shadow weights equal CompVis'.
    [Fact]
    public void LitEma_equals_CompVis()
    {
        var cases = GoldenData.Cases("diffusion/latent").Where(c => c.GetProperty("case").GetString()!.StartsWith("lit_ema", StringComparison.Ordinal)).ToList();
        if (cases.Count == 0) return;
        var tensors = GoldenData.Tensors("diffusion/latent.safetensors");
        foreach (var json in cases)
        {
            using var scope = NewDisposeScope();
            var testCase = new GoldenCase(json, tensors);
            bool constant = testCase.Parameters.TryGetProperty("use_num_upates", out var counted) && !counted.GetBoolean();
            double[] decays = [.. Enumerable.Range(1, (int)testCase["decay64"].numel()).Select(n => constant ? testCase.Number("decay") : EmaDecay.LitEma(n, testCase.Number("decay")))];
            testCase.AssertClose("decay64", decays);
            testCase.AssertClose("shadow", Shadows(testCase["initial"], testCase["params"], decays));
        }
        GoldenReport.Add("diffusion/latent", GoldenData.Cases("diffusion/latent").Count, cases.Count);
    }

    /// <summary>The shadow after every update.</summary>
    internal static Tensor Shadows(Tensor initial, Tensor parameters, double[] decays)
    {
        var shadow = initial;
        return stack([.. decays.Select((decay, i) => shadow = decay * shadow + (1 - decay) * parameters[i])]);
    }
}
