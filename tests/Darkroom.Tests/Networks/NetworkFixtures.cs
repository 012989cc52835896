using Darkroom.Checkpoints;
using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Checkpoints;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

/// <summary>The networks of the golden checkpoints, with their stored weights.</summary>
internal static class NetworkFixtures
{
    private const string Folder = "models/checkpoints/";

    public static UNet Unet(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = UnetConfig.FromJson(GoldenData.Json($"{Folder}{folder}/config.json"));
        return Load(new UNet(config, dtype, META), $"{Folder}{folder}/diffusion_pytorch_model.safetensors");
    }

    /// <summary>The UNet of a single file, with the configurations of its folder.</summary>
    public static UNet UnetOfSingleFile(string name)
    {
        using var folder = new TemporaryFolder();
        var golden = GoldenCheckpoints.Index.Single(checkpoint => checkpoint.Name == name);
        using var checkpoint = Checkpoint.Open(GoldenCheckpoints.SingleFile(golden)!,
            new CheckpointOptions { ConfigFolder = GoldenCheckpoints.Assemble(golden, folder.Path) });
        var component = checkpoint.Component("unet");
        var unet = new UNet(UnetConfig.FromJson(component.Config), device: META);
        ModuleLoader.Load(unet, component.Tensors, new ModuleLoadOptions { Dtype = ScalarType.Float32 });
        unet.eval();
        return unet;
    }

    public static AutoencoderKL Autoencoder(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = AutoencoderConfig.FromJson(GoldenData.Json($"{Folder}{folder}/config.json"));
        return Load(new AutoencoderKL(config, dtype, META), $"{Folder}{folder}/diffusion_pytorch_model.safetensors");
    }

    public static TinyAutoencoder Tiny(string folder) =>
        Load(new TinyAutoencoder(TinyAutoencoderConfig.FromJson(GoldenData.Json($"{Folder}{folder}/config.json")), device: META),
            $"{Folder}{folder}/diffusion_pytorch_model.safetensors");

    public static ClipTextEncoder Text(string folder, ScalarType dtype = ScalarType.Float32)
    {
        var config = ClipTextConfig.FromJson(GoldenData.Json($"{Folder}{folder}/config.json"));
        return Load(new ClipTextEncoder(config, dtype, META), $"{Folder}{folder}/model.safetensors");
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
