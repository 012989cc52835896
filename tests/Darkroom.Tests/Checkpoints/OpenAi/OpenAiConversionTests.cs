using Darkroom.Checkpoints;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints.OpenAi;

/// <summary>A checkpoint of OpenAI's papers, converted by the command line, is the network that its flags and weights are, and every command opens it.</summary>
public class OpenAiConversionTests
{
    private const string Shared = "--image_size 8 --num_channels 32 --num_res_blocks 1 --channel_mult 1,1 --attention_resolutions 4 --learn_sigma True --use_scale_shift_norm True";
    private const string Improved = Shared + " --num_heads 2 --noise_schedule cosine --diffusion_steps 4000";
    private const string Guided = Shared + " --num_head_channels 16 --resblock_updown True --class_cond True --rescale_timesteps True";
    private static readonly LoadOptions Exact = new() { Precision = Precision.Float32 };

    // Property: the folder's network gives the outputs of the network that is read from the file itself, bit for bit; the schedule is the flags'.
    [Theory]
    [InlineData("improved", "losses_unet", Improved, 0, 4000)]
    [InlineData("guided", "loops_unet", Guided, 10, 1000)]
    public void A_folder_is_the_network_of_the_file(string script, string weights, string flags, int classes, int timesteps)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string file = GoldenData.PathOf($"openai/{weights}.weights.safetensors"), model = folder.File("model");
        var result = DarkroomProcess.Run("convert", file, model, "--openai", script, "--flags", flags);
        Assert.True(result.ExitCode == 0, result.Error);

        using var converted = PixelDiffusion.Load(model, Exact);
        using var stored = SafetensorsFile.Open(file);
        var config = OpenAiUnetConfig.FromFlags(flags, script == "guided" ? OpenAiScript.GuidedDiffusion : OpenAiScript.ImprovedDiffusion);
        using var original = OpenAiNetworks.LoadUnet(stored, classes > 0 ? config with { Classes = classes } : config);
        manual_seed(1);
        Tensor x = randn(3, 3, 8, 8), t = tensor(new float[] { 0, 300.5f, 999 });
        var labels = classes > 0 ? tensor(new long[] { 0, 4, 9 }) : null;
        using var guard = no_grad();
        Assert.True(converted.Network.Predict(x, t, extra: new UnetConditioning { ClassLabels = labels }).equal(original.Predict(x, t, extra: new UnetConditioning { ClassLabels = labels })).all().item<bool>());
        Assert.Equal((classes, timesteps), (converted.Classes.Count, converted.Scheduler.Stated["num_train_timesteps"].GetInt32()));

        string[] of = classes > 0 ? ["--class", "3"] : [];
        var sampled = DarkroomProcess.Run(["sample", "--model", model, "--count", "2", "--steps", "3", "--seed", "1", .. of, "-o", folder.File("sheet.png")]);
        Assert.True(sampled.ExitCode == 0, sampled.Error);
    }

    // Property: a classifier's folder gives the probabilities of the file's network.
    [Fact]
    public void A_classifier_is_the_network_of_the_file()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var json = GoldenData.Json("openai/loops.json").GetProperty("networks").GetProperty("classifier");
        string file = GoldenData.PathOf("openai/loops_classifier.weights.safetensors"), model = folder.File("classifier");
        using var stored = SafetensorsFile.Open(file);
        var config = OpenAiUnetConfig.FromJson(json.GetProperty("config"));
        OpenAiConversion.ToFolder(stored, config, [], model);
        using var converted = PixelClassifier.Load(model);
        using var original = new PixelClassifier(OpenAiNetworks.LoadClassifier(stored, config), []);
        manual_seed(2);
        var x = randn(3, 3, 8, 8);
        Assert.True(converted.Probabilities(x, 20).equal(original.Probabilities(x, 20)).all().item<bool>());
    }

    // Property: flags that don't describe the weights are refused with the keys, what can't be run is refused with the way that is left, and nothing is written.
    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = GoldenData.PathOf("openai/losses_unet.weights.safetensors"), model = folder.File("model");
        var wide = DarkroomProcess.Run("convert", file, model, "--openai", "improved", "--flags", Improved.Replace("--num_channels 32", "--num_channels 64", StringComparison.Ordinal));
        Assert.NotEqual(0, wide.ExitCode);
        Assert.Contains("is expected", wide.Error, StringComparison.Ordinal);
        var misread = DarkroomProcess.Run("convert", file, model, "--openai", "improved", "--flags", "--learn_sigma Perhaps --num_channels many");
        Assert.Contains("Perhaps", misread.Error, StringComparison.Ordinal);
        Assert.Contains("many", misread.Error, StringComparison.Ordinal);
        Assert.Contains("--openai", DarkroomProcess.Run("convert", file, model, "--flags", Improved).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        using var stored = SafetensorsFile.Open(file);
        var refused = Assert.Throws<DarkroomException>(() => OpenAiConversion.ToFolder(stored, "--large_size 8", OpenAiScript.SuperResolution, model));
        Assert.Contains("LoadUnet", refused.ToString(), StringComparison.Ordinal);
    }
}
