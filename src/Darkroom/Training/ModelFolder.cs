using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Writes components of a model in the diffusers layout.</summary>
internal static class ModelFolder
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes config.json and the weights of a network in float32, or in <paramref name="dtype"/>.</summary>
    /// <param name="folder">The component's folder.</param>
    /// <param name="file">Name of the weights without extension.</param>
    /// <param name="config">Written as it is.</param>
    /// <param name="network">Whose weights; stays the caller's.</param>
    /// <param name="dtype">How they are stored.</param>
    public static void WriteComponent(string folder, string file, JsonObject config, nn.Module network, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var weights = network.state_dict().ToDictionary(w => w.Key, w => w.Value.to(dtype), StringComparer.Ordinal);
        SafetensorsWriter.Write(Path.Combine(folder, file + ".safetensors"), weights, overwrite: true);
        WriteJson(Path.Combine(folder, "config.json"), config);
    }

    /// <summary>Writes indented JSON with a newline at the end.</summary>
    public static void WriteJson(string path, JsonNode json) =>
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n")));
}
