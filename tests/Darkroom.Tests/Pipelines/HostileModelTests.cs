using System.Text.Json.Nodes;
using Darkroom.Pipelines;
using Darkroom.Tests.Cli;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

public class HostileModelTests
{
    // Property: a folder without one of its networks is refused when it is opened, by the network's name.
    [Theory]
    [InlineData("unet")]
    [InlineData("vae")]
    [InlineData("text_encoder")]
    public void Missing_network_is_refused(string component)
    {
        using var folder = new TemporaryFolder();
        var refused = Refused(TinyModel.Copy(folder, except: component));
        Assert.Contains(component, refused.Message, StringComparison.Ordinal);
    }

    // Property: a network that neither the index nor a folder has is refused, too.
    [Fact]
    public void Network_missing_from_the_index_is_refused()
    {
        using var folder = new TemporaryFolder();
        string copy = TinyModel.Copy(folder, except: "unet");
        string index = Path.Combine(copy, "model_index.json");
        var json = JsonNode.Parse(File.ReadAllText(index))!.AsObject();
        json.Remove("unet");
        File.WriteAllText(index, json.ToJsonString());
        var refused = Refused(copy);
        Assert.Equal(ErrorKind.ModelMismatch, refused.Kind);
        Assert.Contains("unet", refused.Message, StringComparison.Ordinal);
    }

    // Property: missing, unexpected and mis-shaped weights are reported together, when the model is opened.
    [Fact]
    public void Wrong_weights_are_refused_when_opened()
    {
        using var folder = new TemporaryFolder();
        var refused = Refused(TinyModel.Altered(folder, "unet", tensors =>
        {
            tensors.Remove("conv_in.bias");
            tensors["conv_out.weight"] = zeros(1, 1);
            tensors["stray"] = zeros(3);
        }));
        Assert.Equal(ErrorKind.ModelMismatch, refused.Kind);
        Assert.Equal(["unet: conv_in.bias", "unet: conv_out.weight", "unet: stray"], refused.Problems.Select(problem => problem.Where).Order());
    }

    // Property: weights that hold NaN are refused by name before anything is made.
    [Fact]
    public void NaN_weights_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var model = StableDiffusion.Load(TinyModel.Altered(folder, "unet", t => t["conv_in.bias"].fill_(double.NaN)), TinyModel.Options);
        var refused = Assert.Throws<DarkroomException>(() => model.TextToImage(TinyModel.Request));
        Assert.Equal((ErrorKind.BadFile, "unet: conv_in.bias"), (refused.Kind, Assert.Single(refused.Problems).Where));
    }

    // Property: a folder with two text encoders is refused as not supported, rather than making noise with one of them.
    [Fact]
    public void Two_text_encoders_are_refused()
    {
        using var folder = new TemporaryFolder();
        string copy = TinyModel.Copy(folder, except: "");
        Directory.CreateSymbolicLink(Path.Combine(copy, "text_encoder_2"), Path.Combine(copy, "text_encoder"));
        string index = Path.Combine(copy, "model_index.json");
        var json = JsonNode.Parse(File.ReadAllText(index))!.AsObject();
        json["text_encoder_2"] = new JsonArray("transformers", "CLIPTextModelWithProjection");
        File.WriteAllText(index, json.ToJsonString());
        var refused = Refused(copy);
        Assert.Equal(ErrorKind.ModelMismatch, refused.Kind);
        Assert.Contains("Stable Diffusion XL is not supported yet", refused.Message, StringComparison.Ordinal);
    }

    // Property: a UNet whose inputs or outputs are not those of this pipeline is refused when opened, for every reason.
    [Theory]
    [InlineData("in_channels", 7, "7 input channels is not supported yet")]
    [InlineData("out_channels", 8, "gives 8 channels")]
    [InlineData("cross_attention_dim", 24, "text of width 24")]
    [InlineData("num_class_embeds", 10, "classes is not supported yet")]
    [InlineData("time_cond_proj_dim", 32, "guidance as an input is not supported yet")]
    public void Other_inputs_are_refused(string key, int value, string what)
    {
        using var folder = new TemporaryFolder();
        string copy = TinyModel.Altered(folder, "unet", _ => { });
        string path = Path.Combine(copy, "unet", "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config[key] = value;
        File.WriteAllText(path, config.ToJsonString());
        var refused = Refused(copy);
        Assert.Equal(ErrorKind.ModelMismatch, refused.Kind);
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }

    // Property: a scheduler configuration that no sampler follows is no hindrance where a sampler is named, and said where none is.
    [Fact]
    public void Unknown_scheduler_leaves_the_choice_to_the_request()
    {
        using var folder = new TemporaryFolder();
        string config = folder.File("scheduler_config.json");
        string own = File.ReadAllText(Path.Combine(TinyModel.Folder, "scheduler", "scheduler_config.json"));
        File.WriteAllText(config, own.Replace("PNDMScheduler", "SomeOtherScheduler", StringComparison.Ordinal));
        using var model = TinyModel.Load(TinyModel.Options with { SchedulerConfigPath = config });
        var refused = Assert.Throws<DarkroomException>(() => model.TextToImage(TinyModel.Request with { Sampler = null }));
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        Assert.Equal(64, model.TextToImage(TinyModel.Request).Picture.Width);
    }

    private static DarkroomException Refused(string path) => Assert.Throws<DarkroomException>(() => StableDiffusion.Load(path, TinyModel.Options));
}
