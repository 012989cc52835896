using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

public class WeightShapeTests
{
    // Property: the networks of Stable Diffusion 1.5 have exactly the keys and sizes of the real checkpoint.
    [Theory]
    [InlineData("unet")]
    [InlineData("vae")]
    [InlineData("text_encoder")]
    public void Stable_diffusion_1_5_has_the_approved_keys(string component)
    {
        using Network network = component switch
        {
            "unet" => new UNet(UnetConfig.StableDiffusion1, device: META),
            "vae" => new AutoencoderKL(new AutoencoderConfig(), device: META),
            _ => new ClipTextEncoder(new ClipTextConfig(), device: META),
        };
        var approved = File.ReadAllLines(Path.Combine(GoldenData.RepositoryRoot, "tests", "golden", "keys", $"sd15-{component}.txt"));
        var ours = network.state_dict().Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]").Order(StringComparer.Ordinal);
        Assert.Equal(approved.Order(StringComparer.Ordinal), ours);
    }

    // Property: a network of any size costs next to nothing on the meta device.
    [Fact]
    public void Meta_networks_hold_no_memory()
    {
        long before = Environment.WorkingSet;
        using var unet = new UNet(UnetConfig.StableDiffusion1, device: META);
        Assert.True(unet.state_dict().Values.All(weight => weight.device_type == TorchSharp.DeviceType.META));
        Assert.True(Environment.WorkingSet - before < 200_000_000);
    }
}
