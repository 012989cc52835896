using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.Blocks;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

[Trait("Category", "Golden")]
public class IntermediatesTests
{
    private const string Topic = "models/intermediates";

    private static GoldenTensors Expected(string name) => GoldenData.Tensors($"models/intermediates/{name}.safetensors");

    // Property: every intermediate tensor of a Stable Diffusion network that the reference stored is ours too, to 1e-5.
    [Theory]
    [InlineData("sd1", "sd1/unet", "sd1/vae", "sd1/text_encoder", null)]
    [InlineData("sd2", "sd2/unet", "sd1/vae", "sd2/text_encoder", null)]
    [InlineData("sdxl", "sdxl/unet", "sdxl/vae", "sd1/text_encoder", "sdxl/text_encoder_2")]
    public void Networks_agree_tensor_by_tensor(string name, string unet, string vae, string text, string? secondText)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var check = new Checker(Expected(name));
        CheckText(check, "text.", text);
        if (secondText is not null) CheckText(check, "text_2.", secondText);
        CheckUnet(check, NetworkFixtures.Unet(unet));
        CheckVae(check, vae);
        check.Report(name);
    }

    // Property: the inpainting UNet (nine channels) is a configuration of the same class; its weights come from the single file.
    [Fact]
    public void Inpainting_networks_agree()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var check = new Checker(Expected("sd1_inpaint"));
        CheckText(check, "text.", "sd1/text_encoder");
        CheckUnet(check, NetworkFixtures.UnetOfSingleFile("sd1_inpaint"));
        CheckVae(check, "sd1/vae");
        check.Report("sd1_inpaint");
    }

    // Property: posterior, its sample, its divergence and its decoded mode agree with the reference to 1e-5.
    [Theory]
    [InlineData("vae_sd1", "sd1/vae")]
    [InlineData("vae_sdxl", "sdxl/vae")]
    public void Autoencoder_encodes_as_the_reference(string name, string folder)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var vae = NetworkFixtures.Autoencoder(folder);
        var check = new Checker(Expected(name));
        var posterior = vae.Encode(check["image"]);
        check.That("mean", posterior.Mean);
        check.That("logvar", posterior.LogVariance);
        check.That("std", posterior.StandardDeviation());
        using var generator = new Generator(7, CPU);
        check.That("sample_seed_7", posterior.Sample(randn(posterior.Mean.shape, generator: generator)));
        check.That("kl_to_standard_normal", posterior.KullbackLeibler());
        check.That("mode_decoded", vae.DecodeUnscaled(posterior.Mean));
        if (check.Has("tiled.decode")) CheckTiling(check, vae);
        check.Report(name);
    }

    // Property: the tiny autoencoder encodes and decodes as the reference, to 1e-5.
    [Fact]
    public void Tiny_autoencoder_agrees()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var tiny = NetworkFixtures.Tiny("taesd");
        var check = new Checker(Expected("taesd"));
        check.That("latents", tiny.Encode(check["image"]));
        check.That("decode", tiny.Decode(check["latents"]));
        check.That("decode_random", tiny.Decode(check["latents_random"]));
        check.Report("taesd");
    }

    // Property: residuals of a ControlNet are added at the skip connections and at the middle block, as the reference adds them.
    [Fact]
    public void Control_residuals_are_added()
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var unet = NetworkFixtures.Unet("sd1/unet");
        var check = new Checker(Expected("controlnet"));
        var residuals = check.Names.Where(name => name.StartsWith("down.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name => check[name]);
        var extra = new UnetConditioning { DownResiduals = [.. residuals], MidResidual = check["mid"] };
        check.That("eps", unet.Predict(check["x"], check["t"], check["context"], extra));
        check.Report("controlnet");
    }

    // Property: pixel-space, class-conditional and unconditional latent UNets are configurations of the same class.
    [Theory]
    [InlineData("adm_class", "")]
    [InlineData("ddpm_pixel", "")]
    [InlineData("ldm_uncond", "unet.")]
    public void Other_families_agree(string name, string prefix)
    {
        string file = $"models/other/{name}.safetensors";
        Assert.SkipUnless(GoldenData.Exists(file), $"{file} is not among these golden files.");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var unet = NetworkFixtures.Unet($"{name}/unet");
        var expected = GoldenData.Tensors(file);
        var extra = expected.Has("class_labels") ? new UnetConditioning { ClassLabels = expected["class_labels"] } : null;
        NetworkFixtures.Near(unet.Predict(expected[prefix + "x"], expected[prefix + "t"], extra: extra), expected[prefix + "out"], name);
        GoldenReport.Add("models/other UNets", 1, 1);
    }

    private static void CheckText(Checker check, string prefix, string folder)
    {
        using var encoder = NetworkFixtures.Text(folder);
        using var recorder = new ActivationRecorder(encoder);
        var output = encoder.Encode(check[prefix + "input_ids"].to(ScalarType.Int64));
        check.That(prefix + "embeddings", recorder.Results["text_model.embeddings"]);
        for (int layer = 0; layer < encoder.Config.NumHiddenLayers; layer++)
        {
            check.That($"{prefix}layer_{layer}", recorder.Results[$"text_model.encoder.layers.{layer}"]);
            check.That($"{prefix}layer_{layer}", output.HiddenStates[layer + 1]);
        }
        check.That(prefix + "final_layer_norm", output.LastHiddenState);
        check.That(prefix + "final_layer_norm", encoder.Normalise(output.HiddenStates[^1]));
        if (output.ProjectedPooled is null) check.That(prefix + "pooled", output.Pooled);
        else check.That(prefix + "text_embeds", output.ProjectedPooled);
    }

    private static void CheckUnet(Checker check, UNet network)
    {
        using var unet = network;
        using var recorder = new ActivationRecorder(unet);
        var probabilities = new ProbabilityRecorder();
        unet.AttentionProcessor = probabilities;
        UnetConditioning? extra = unet.Config.AdditionTimeEmbedDim is null ? null : new UnetConditioning
        {
            PooledText = check["text_2.text_embeds"],
            SizeIds = check["unet.time_ids"],
        };
        var predicted = unet.Predict(check["unet.x"], check["unet.t"], check["unet.context"], extra);
        if (check.Has("unet.eps")) check.That("unet.eps", predicted);
        if (check.Has("unet.out")) check.That("unet.out", predicted);
        if (check.Has("unet.time_proj"))
        {
            var config = unet.Config;
            check.That("unet.time_proj", new SinusoidalEmbedding(config.BlockOutChannels[0], config.FlipSinToCos, config.FreqShift).Embed(check["unet.t"]));
        }
        foreach (string name in check.Names.Where(name => name.StartsWith("unet.", StringComparison.Ordinal)))
        {
            string path = name["unet.".Length..];
            if (recorder.Results.TryGetValue(path, out var result)) check.That(name, result);
            if (path.EndsWith(".probs", StringComparison.Ordinal)) check.That(name, probabilities.Results[path[..^".probs".Length]]);
        }
        CheckNormOut(check, "unet.", unet, "conv_norm_out", recorder.Results[$"up_blocks.{unet.Config.BlockOutChannels.Count - 1}"]);
        unet.AttentionProcessor = new ScaledDotProduct();
        if (check.Has("unet.batch.x"))
            check.That("unet.batch.eps", unet.Predict(check["unet.batch.x"], check["unet.batch.t"], check["unet.batch.context"]));
    }

    private static void CheckVae(Checker check, string folder)
    {
        using var vae = NetworkFixtures.Autoencoder(folder);
        using var recorder = new ActivationRecorder(vae);
        check.That("vae.decode", vae.Decode(check["vae.latents"]));
        foreach (string name in check.Names.Where(name => name.StartsWith("vae.", StringComparison.Ordinal)))
            if (recorder.Results.TryGetValue(name["vae.".Length..], out var result)) check.That(name, result);
        CheckNormOut(check, "vae.", vae, "decoder.conv_norm_out", recorder.Results[$"decoder.up_blocks.{vae.Config.BlockOutChannels.Count - 1}"]);
    }

    /// <summary>The last norm is computed together with the silu after it; here it is asked alone.</summary>
    private static void CheckNormOut(Checker check, string prefix, nn.Module network, string path, Tensor input)
    {
        if (!check.Has(prefix + path)) return;
        var norm = (nn.Module<Tensor, Tensor>)network.named_modules().Single(module => module.name == path).module;
        check.That(prefix + path, norm.call(input));
    }

    private static void CheckTiling(Checker check, AutoencoderKL vae)
    {
        var tiling = new AutoencoderTiling(vae);
        check.That("tiled.decode", tiling.Decode(vae.ToLatents(check["tiled.latents"])));
        check.That("tiled.decode_untiled", vae.DecodeUnscaled(check["tiled.latents"]));
        check.That("tiled.encode_mean", tiling.Encode(check["tiled.image"]).Mean);
        check.That("tiled.encode_mean_untiled", vae.Encode(check["tiled.image"]).Mean);
    }

    /// <summary>Compares by name and counts which names were compared.</summary>
    private sealed class Checker(GoldenTensors expected)
    {
        private static readonly string[] Inputs =
            ["input_ids", "unet.x", "unet.t", "unet.context", "unet.time_ids", "vae.latents", "image", "latents_random",
             "x", "t", "context", "cond_image", "unet.batch.x", "unet.batch.t", "unet.batch.context", "tiled.latents", "tiled.image"];

        private readonly HashSet<string> _checked = [];

        public IEnumerable<string> Names => expected.Names;

        public Tensor this[string name] => expected[name];

        public bool Has(string name) => expected.Has(name);

        public void That(string name, Tensor actual)
        {
            NetworkFixtures.Near(actual, expected[name], name);
            _checked.Add(name);
        }

        public void Report(string name)
        {
            var results = expected.Names.Where(one => !Inputs.Any(input => one == input || (input == "input_ids" && one.EndsWith(input, StringComparison.Ordinal)))).ToList();
            GoldenReport.Add($"{Topic}/{name}", results.Count, _checked.Count);
            Assert.True(_checked.Count > 0);
        }
    }

    /// <summary>Plain attention that keeps the probabilities, [B * heads, N, M], of every layer.</summary>
    private sealed class ProbabilityRecorder : IAttentionProcessor
    {
        public Dictionary<string, Tensor> Results { get; } = [];

        public Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value)
        {
            var probabilities = (query.matmul(key.transpose(2, 3)) / Math.Sqrt(query.shape[3])).softmax(-1);
            Results[site.Path] = probabilities.flatten(0, 1).DetachFromDisposeScope();
            return probabilities.matmul(value);
        }
    }
}
