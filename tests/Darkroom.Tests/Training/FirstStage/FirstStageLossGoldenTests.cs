using Darkroom.Networks.Autoencoders;
using Darkroom.Tests.Golden;
using Darkroom.Training.FirstStage;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training.FirstStage;

[Trait("Category", "Golden")]
public class FirstStageLossGoldenTests
{
    // Property: the adversarial losses and the whole objectives of a first stage, KL and codebook, with every term and the gradient of the last layer, equal
    // those of latent-diffusion and taming-transformers, before and after the discriminator joins.
    [Fact]
    public void First_stage_losses_equal_the_originals() => GoldenCase.CheckAll("diffusion/latent", golden =>
    {
        if (golden.Name.StartsWith("adopt_", StringComparison.Ordinal)) return CheckStart(golden);
        foreach (string suffix in (string[])["", "64"])
        {
            if (golden.Name.StartsWith("gan_", StringComparison.Ordinal)) CheckAdversarial(golden, suffix);
            else CheckWhole(golden, suffix);
        }
        return true;
    }, only: name => new[] { "gan_", "adopt_", "first_stage" }.Any(begin => name.StartsWith(begin, StringComparison.Ordinal)));

    private static bool CheckStart(GoldenCase golden)
    {
        foreach (var row in golden.Values.GetProperty("rows").EnumerateArray())
            Assert.Equal(row[3].GetDouble(), AdversarialLoss.From(row[0].GetDouble(), row[1].GetInt64(), row[2].GetInt64()));
        return true;
    }

    private static void CheckAdversarial(GoldenCase golden, string suffix)
    {
        var (real, fake) = (golden.Input("logits_real", suffix), golden.Input("logits_fake", suffix));
        golden.AssertClose("hinge" + suffix, AdversarialLoss.Discriminator(AdversarialKind.Hinge, real, fake));
        golden.AssertClose("vanilla" + suffix, AdversarialLoss.Discriminator(AdversarialKind.Vanilla, real, fake));
        golden.AssertClose("generator" + suffix, AdversarialLoss.Generator(fake));
    }

    private static void CheckWhole(GoldenCase golden, string suffix)
    {
        var x = golden.Input("inputs", suffix);
        var lastLayer = golden.Input("last_layer_weight", suffix).requires_grad_();
        var reconstruction = nn.functional.conv2d(golden.Input("decoder_features", suffix), lastLayer, padding: [1, 1]);
        var discriminator = golden.Input("discriminator_weight", suffix);
        bool hasKl = golden.Has("posterior_parameters");
        var loss = new FirstStageLoss
        {
            Perceptual = (a, b) => (a - b).square().mean([1L, 2L, 3L], keepdim: true),
            PerceptualWeight = golden.Number("perceptual_weight", 1),
            Discriminator = pictures => nn.functional.conv2d(pictures, discriminator, strides: [2, 2]),
            Kind = golden.Text("disc_loss") == "hinge" ? AdversarialKind.Hinge : AdversarialKind.Vanilla,
            DiscriminatorStart = (long)golden.Number("disc_start"),
            DiscriminatorWeight = golden.Number("disc_weight"),
            RegulariserWeight = golden.Number(hasKl ? "kl_weight" : "codebook_weight"),
        };
        long step = (long)golden.Number("global_step");
        using var posterior = hasKl ? new DiagonalGaussian(golden.Input("posterior_parameters", suffix)) : null;
        var terms = posterior is not null
            ? loss.WithKl(x, reconstruction, posterior, golden["logvar" + suffix].to(x.dtype), lastLayer, step)
            : loss.WithCodebook(x, reconstruction, tensor(golden.Number("codebook_loss"), x.dtype), lastLayer, step);
        golden.AssertClose("loss" + suffix, terms.Total);
        golden.AssertClose("total_loss" + suffix, terms.Total);
        golden.AssertClose("kl_loss" + suffix, terms.Regulariser);
        golden.AssertClose("quant_loss" + suffix, terms.Regulariser);
        golden.AssertClose("nll_loss" + suffix, terms.Likelihood);
        golden.AssertClose("rec_loss" + suffix, terms.Reconstruction);
        golden.AssertClose("p_loss" + suffix, terms.Perceptual);
        golden.AssertClose("d_weight" + suffix, terms.AdversarialWeight);
        golden.AssertClose("g_loss" + suffix, terms.Adversarial);
        golden.AssertClose("disc_loss" + suffix, loss.OfDiscriminator(x, reconstruction, step));
        terms.Total.backward();
        golden.AssertClose("grad_last_layer" + suffix, lastLayer.grad!);
    }
}
