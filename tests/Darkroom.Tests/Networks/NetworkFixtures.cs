using Darkroom.Checkpoints;
using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

/// <summary>The networks of the golden checkpoints, with their stored weights.</summary>
internal static class NetworkFixtures
{
    private const string Checkpoints = "models/checkpoints/";

    public static UNet Unet(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = UnetConfig.FromJson(GoldenData.Json($"{Checkpoints}{folder}/config.json"));
        return Load(new UNet(config, dtype, META), $"{Checkpoints}{folder}/diffusion_pytorch_model.safetensors");
    }

    /// <summary>The UNet of a single file, with the configuration of a folder.</summary>
    public static UNet UnetOfSingleFile(string file, string configFolder)
    {
        using var checkpoint = Checkpoint.Open(
            GoldenData.PathOf(Checkpoints + file), new CheckpointOptions { ConfigFolder = GoldenData.PathOf(Checkpoints + configFolder) });
        var component = checkpoint.Component("unet");
        var unet = new UNet(UnetConfig.FromJson(component.Config), device: META);
        ModuleLoader.Load(unet, component.Tensors, new ModuleLoadOptions { Dtype = ScalarType.Float32, Writable = true });
        unet.eval();
        return unet;
    }

    public static AutoencoderKL Autoencoder(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = AutoencoderConfig.FromJson(GoldenData.Json($"{Checkpoints}{folder}/config.json"));
        return Load(new AutoencoderKL(config, dtype, META), $"{Checkpoints}{folder}/diffusion_pytorch_model.safetensors");
    }

    public static TinyAutoencoder Tiny(string folder) =>
        Load(new TinyAutoencoder(TinyAutoencoderConfig.FromJson(GoldenData.Json($"{Checkpoints}{folder}/config.json")), device: META),
            $"{Checkpoints}{folder}/diffusion_pytorch_model.safetensors");

    public static ClipTextEncoder Text(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = ClipTextConfig.FromJson(GoldenData.Json($"{Checkpoints}{folder}/config.json"));
        return Load(new ClipTextEncoder(config, dtype, META), $"{Checkpoints}{folder}/model.safetensors");
    }

    public static T Load<T>(T network, string file) where T : Network
    {
        using var source = SafetensorsFile.Open(GoldenData.PathOf(file));
        ModuleLoader.Load(network, source, new ModuleLoadOptions { Dtype = network.Dtype, ChannelsLast = true });
        network.eval();
        return network;
    }

    /// <summary>|actual - expected| / |expected|, L2 norms in float64.</summary>
    public static double RelativeError(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var reference = expected.to(ScalarType.Float64);
        double norm = reference.norm().item<double>();
        double difference = (actual.detach().to(ScalarType.Float64) - reference).norm().item<double>();
        return norm == 0 ? difference : difference / norm;
    }

    public static void Near(Tensor actual, Tensor expected, string name, double tolerance = 1e-5)
    {
        double error = RelativeError(actual, expected);
        Assert.True(error <= tolerance, $"{name}: relative error {error:e2} is above {tolerance:e0}");
    }
}
