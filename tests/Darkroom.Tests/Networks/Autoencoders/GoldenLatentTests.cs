using Darkroom.Networks.Autoencoders;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Autoencoders;

[Trait("Category", "Golden")]
public class GoldenLatentTests
{
    // Property: the autoencoder's posterior equals CompVis' DiagonalGaussianDistribution, and its quantiser those of taming-transformers, gradients included. The losses of a
    // first stage and the moving averages are tested where they are.
    [Fact]
    public void Posterior_and_quantiser_equal_the_originals() => GoldenCase.CheckAll("diffusion/latent", golden =>
    {
        if (golden.Name.StartsWith("vq", StringComparison.Ordinal)) return CheckQuantiser(golden);
        if (!golden.Name.StartsWith("diagonal_gaussian", StringComparison.Ordinal)) return false;
        if (golden.Has("sample_equals_mean"))
        {
            // A deterministic posterior is one that is asked for its mean alone.
            golden.AssertClose("sample_equals_mean", golden["mean"]);
            return true;
        }
        foreach (string suffix in (string[])["", "64"])
        {
            using var posterior = new DiagonalGaussian(golden.Input("parameters", suffix));
            using var other = new DiagonalGaussian(golden.Input("other_parameters", suffix));
            golden.AssertClose("std" + suffix, posterior.StandardDeviation());
            golden.AssertClose("var" + suffix, posterior.LogVariance.exp());
            golden.AssertClose("logvar" + suffix, posterior.LogVariance);
            golden.AssertClose("sample" + suffix, posterior.Sample(golden.Input("noise", suffix)));
            golden.AssertClose("mode" + suffix, posterior.Mean);
            golden.AssertClose("kl" + suffix, posterior.KullbackLeibler());
            golden.AssertClose("kl_other" + suffix, posterior.KullbackLeibler(other));
            golden.AssertClose("nll" + suffix, posterior.NegativeLogLikelihood(golden["nll_at" + suffix]));
        }
        return true;
    }, only: name => !new[] { "lit_ema", "gan_", "adopt_", "first_stage" }.Any(other => name.StartsWith(other, StringComparison.Ordinal)));

    private static bool CheckQuantiser(GoldenCase golden)
    {
        if (golden.Name.StartsWith("vq_codebook_entry", StringComparison.Ordinal))
        {
            var expected = golden["z_q"];                              // [B, C, h, w]
            var entries = new VectorQuantiser(golden["codebook"]).Entries(golden["indices"]);
            golden.AssertClose("z_q", entries.view(expected.shape[0], expected.shape[2], expected.shape[3], -1).permute(0, 3, 1, 2));
            return true;
        }
        foreach (string suffix in (string[])["", "64"])
        {
            if (!golden.Has("z_q" + suffix)) continue;
            var (z, codebook) = (golden.Input("z", suffix).requires_grad_(), golden.Input("codebook", suffix).requires_grad_());
            bool legacy = golden.Name.StartsWith("vq1", StringComparison.Ordinal) || golden.Flag("legacy");
            var quantised = new VectorQuantiser(codebook, golden.Number("beta"), legacy).Quantise(z);
            golden.AssertClose("z_q" + suffix, quantised.Latents);
            golden.AssertClose("loss" + suffix, quantised.Loss);
            golden.AssertClose("perplexity" + suffix, quantised.Perplexity);
            Assert.Equal(golden["indices"].flatten().data<long>().ToArray(), quantised.Indices.flatten().data<long>().ToArray());
            if (!golden.Has("grad_z" + suffix)) continue;
            var weights = linspace(-1, 1, quantised.Latents.numel(), z.dtype).reshape(quantised.Latents.shape);
            (quantised.Loss + (quantised.Latents * weights).sum()).backward();
            golden.AssertClose("grad_z" + suffix, z.grad!);
            golden.AssertClose("grad_codebook" + suffix, codebook.grad!);
        }
        return true;
    }
}
