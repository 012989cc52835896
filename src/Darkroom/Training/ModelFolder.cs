using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Reads and writes components of a model in the diffusers layout.</summary>
internal static class ModelFolder
{
    /// <summary>Name of the weights of diffusers' networks, without extension.</summary>
    public const string DiffusersWeights = "diffusion_pytorch_model";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes config.json and the weights of a network in float32.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="file">Name of the weights without extension.</param>
    /// <param name="config">Written as it is.</param>
    /// <param name="network">Whose weights; stays the caller's.</param>
    /// <param name="weights">Values that are written instead of the network's own, which training may have rounded; null for none.</param>
    /// <param name="prefix">What stands before the network's names in <paramref name="weights"/>.</param>
    public static void WriteComponent(
        string folder, string file, JsonObject config, nn.Module network, IReadOnlyDictionary<string, Tensor>? weights = null, string prefix = "")
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var stored = network.state_dict().ToDictionary(w => w.Key, w => (weights?.GetValueOrDefault(prefix + w.Key) ?? w.Value).to(ScalarType.Float32), StringComparer.Ordinal);
        SafetensorsWriter.Write(Path.Combine(folder, file + ".safetensors"), stored, overwrite: true);
        WriteJson(Path.Combine(folder, "config.json"), config);
    }

    /// <summary>Gives a network the weights of a component that was written before.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="file">Name of the weights without extension.</param>
    /// <param name="network">Keeps its dtypes.</param>
    public static void ReadWeights(string folder, string file, nn.Module network)
    {
        string path = Path.Combine(folder, file + ".safetensors");
        if (!File.Exists(path)) throw new DarkroomException(ErrorKind.NotFound, "There are no weights to begin with.", path, "Name the folder of a model.");
        using var weights = SafetensorsFile.Open(path);
        ModuleLoader.Load(network, weights, new ModuleLoadOptions { Dtype = network.parameters().First().dtype, Writable = true, Component = Path.GetFileName(folder) });
    }

    /// <summary>Writes indented JSON with a newline at the end.</summary>
    public static void WriteJson(string path, JsonNode json) =>
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n")));
}
