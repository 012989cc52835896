using Darkroom.Networks.Autoencoders;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Autoencoders;

[Trait("Category", "Golden")]
public class GoldenLatentTests
{
    // Property: the autoencoder's posterior equals CompVis' DiagonalGaussianDistribution. Vector quantisation and the losses of a first stage with a discriminator are not here
    // yet, and are counted as not handled; the moving averages are tested where they are.
    [Fact]
    public void Posterior_equals_CompVis() => GoldenCase.CheckAll("diffusion/latent", golden =>
    {
        if (!golden.Name.StartsWith("diagonal_gaussian", StringComparison.Ordinal)) return false;
        if (golden.Has("sample_equals_mean"))
        {
            // A deterministic posterior is one that is asked for its mean alone.
            golden.AssertClose("sample_equals_mean", golden["mean"]);
            return true;
        }
        foreach (string suffix in (string[])["", "64"])
        {
            Tensor Wide(string name) => golden[name].to(suffix.Length == 0 ? ScalarType.Float32 : ScalarType.Float64);
            using var posterior = new DiagonalGaussian(Wide("parameters"));
            using var other = new DiagonalGaussian(Wide("other_parameters"));
            golden.AssertClose("std" + suffix, posterior.StandardDeviation());
            golden.AssertClose("var" + suffix, posterior.LogVariance.exp());
            golden.AssertClose("logvar" + suffix, posterior.LogVariance);
            golden.AssertClose("sample" + suffix, posterior.Sample(Wide("noise")));
            golden.AssertClose("mode" + suffix, posterior.Mean);
            golden.AssertClose("kl" + suffix, posterior.KullbackLeibler());
            golden.AssertClose("kl_other" + suffix, posterior.KullbackLeibler(other));
            golden.AssertClose("nll" + suffix, posterior.NegativeLogLikelihood(golden["nll_at" + suffix]));
        }
        return true;
    }, only: name => !name.StartsWith("lit_ema", StringComparison.Ordinal));
}
