using Darkroom.Diffusion;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenEdmTests
{
    // Property: preconditioning, noise-level distributions and losses equal NVlabs/edm (its samplers are tested with the samplers).
    [Fact]
    public void Formulas_equal_edm() => GoldenCase.CheckAll("diffusion/edm", testCase =>
    {
        if (testCase.Name.StartsWith("precond_", StringComparison.Ordinal)) CheckPreconditioning(testCase);
        else if (testCase.Name.StartsWith("loss_", StringComparison.Ordinal)) CheckLoss(testCase);
        else return false;
        return true;
    }, only: name => !name.StartsWith("edm_", StringComparison.Ordinal) && !name.StartsWith("ablation_", StringComparison.Ordinal));

    private static void CheckPreconditioning(GoldenCase testCase)
    {
        Preconditioning preconditioning = testCase.Text("class") switch
        {
            "VPPrecond" => new VariancePreservingPreconditioning(testCase.Number("beta_d", 19.9), testCase.Number("beta_min", 0.1), (int)testCase.Number("M", 1000), testCase.Number("epsilon_t", 1e-5)),
            "VEPrecond" => new VarianceExplodingPreconditioning(testCase.Number("sigma_min", 0.02), testCase.Number("sigma_max", 100)),
            "iDDPMPrecond" => new ImprovedDdpmPreconditioning(testCase.Number("C_1", 0.001), testCase.Number("C_2", 0.008), (int)testCase.Number("M", 1000)),
            _ => new EdmPreconditioning(testCase.Number("sigma_data", 0.5)),
        };
        double[] sigmas = testCase.Doubles("sigma64");
        PreconditioningFactors[] factors = [.. sigmas.Select(preconditioning.At)];
        foreach (string suffix in (string[])["", "64"])
        {
            testCase.AssertClose("c_skip" + suffix, [.. factors.Select(f => f.Skip)]);
            testCase.AssertClose("c_out" + suffix, [.. factors.Select(f => f.Output)]);
            testCase.AssertClose("c_in" + suffix, [.. factors.Select(f => f.In)]);
            testCase.AssertClose("c_noise" + suffix, [.. factors.Select(f => f.Noise)]);
            if (preconditioning is ImprovedDdpmPreconditioning discrete) CheckLevels(testCase, discrete, sigmas, suffix);
            else testCase.AssertClose("round_sigma" + suffix, [.. sigmas.Select(preconditioning.Round)]);
            if (preconditioning is VariancePreservingPreconditioning vp)
            {
                testCase.AssertClose("sigma_of_t" + suffix, [.. testCase.Doubles("t64").Select(vp.Sigma)]);
                testCase.AssertClose("t_of_sigma" + suffix, [.. testCase.Doubles("sigma_of_t64").Select(vp.Time)]);
            }
        }
    }

    // The reference computes abar_j in float32, in its float64 run too. An error of 2^-23 in each ratio abar_{j-1}/abar_j adds up to at most
    // (M - j) 2^-23 (u^2 + 1) in u_j^2. The index of the nearest level, c_noise, is compared by the caller.
    private static void CheckLevels(GoldenCase testCase, ImprovedDdpmPreconditioning discrete, double[] sigmas, string suffix)
    {
        double[] levels = discrete.Levels.ToArray(), expected = testCase.Doubles("u" + suffix), rounded = testCase.Doubles("round_sigma" + suffix);
        double Allowed(int j) => j == levels.Length - 1 ? 0 : (levels.Length - 1 - j) * Math.Pow(2, -23) * (levels[j] * levels[j] + 1) / levels[j];
        for (int j = 0; j < levels.Length; j++) Assert.Equal(expected[j], levels[j], Allowed(j));
        for (int i = 0; i < sigmas.Length; i++)
            Assert.Equal(rounded[i], discrete.Round(sigmas[i]), Allowed(Array.IndexOf(levels, discrete.Round(sigmas[i]))));
    }

    private static void CheckLoss(GoldenCase testCase)
    {
        NoiseLevelDistribution distribution = testCase.Text("class") switch
        {
            "VPLoss" => new VariancePreservingNoise(testCase.Number("beta_d", 19.9), testCase.Number("beta_min", 0.1), testCase.Number("epsilon_t", 1e-5)),
            "VELoss" => new LogUniformNoise(testCase.Number("sigma_min", 0.02), testCase.Number("sigma_max", 100)),
            _ => new LogNormalNoise(testCase.Number("P_mean", -1.2), testCase.Number("P_std", 1.2), testCase.Number("sigma_data", 0.5)),
        };
        var mixture = testCase.Mixture();
        double[] sigmas = [.. testCase.Doubles("random").Select(distribution.Sigma)];
        testCase.AssertClose("sigma", sigmas);
        testCase.AssertClose("weight64", [.. testCase.Doubles("sigma").Select(distribution.Weight)]);
        Tensor x0 = testCase["images"], noisy = EdmObjective.AddNoise(x0, testCase["noise"], sigmas);
        var denoised = cat([.. Enumerable.Range(0, sigmas.Length).Select(i => mixture.Denoised(noisy.narrow(0, i, 1), 1, sigmas[i]))]);
        var loss = EdmObjective.Loss(distribution, denoised, x0, sigmas);
        testCase.AssertClose("loss", loss);
        testCase.AssertClose("loss_per_item", loss.flatten(1).mean([1]));
    }
}
