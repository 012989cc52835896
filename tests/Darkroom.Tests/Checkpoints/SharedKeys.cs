using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>Names and shapes of real checkpoints, without weights.</summary>
internal static class SharedKeys
{
    /// <summary>Those of the single file of Stable Diffusion 1.5, or null where the list is not at hand.</summary>
    public static ITensorSource? StableDiffusion15()
    {
        string[] places = [GoldenData.PathOf("keys/sd15-singlefile.json"),
            Path.Combine(GoldenData.RepositoryRoot, "..", "shared", "reference", "keys", "sd15-singlefile.json"),
            Path.Combine(GoldenData.RepositoryRoot, "..", "..", "shared", "reference", "keys", "sd15-singlefile.json")];
        if (places.FirstOrDefault(File.Exists) is not { } path) return null;
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new ShapesOnly(document.RootElement.EnumerateObject()
            .Select(e => new TensorInfo(e.Name, [.. e.Value.EnumerateArray().Select(s => s.GetInt64())],
            e.Name.EndsWith("position_ids", StringComparison.Ordinal) ? ScalarType.Int64 : ScalarType.Float32)));
    }

    /// <summary>Keys and shapes of the network that a configuration describes.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(string component, JsonElement config)
    {
        using Network network = component switch
        {
            "unet" => new UNet(UnetConfig.FromJson(config), ScalarType.Float32, META),
            "vae" => new AutoencoderKL(AutoencoderConfig.FromJson(config), ScalarType.Float32, META),
            _ => new ClipTextEncoder(ClipTextConfig.FromJson(config), ScalarType.Float32, META),
        };
        return network.state_dict().ToDictionary(w => w.Key, w => (IReadOnlyList<long>)w.Value.shape, StringComparer.Ordinal);
    }

    internal sealed class ShapesOnly(IEnumerable<TensorInfo> tensors) : ITensorSource
    {
        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);

        public Tensor Read(string name) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
