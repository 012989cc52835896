using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>The checkpoints of the golden set, whose folders share networks: their index says where each lies.</summary>
public static class GoldenCheckpoints
{
    public static IReadOnlyList<JsonProperty> Index { get; } = [.. GoldenData.Json("models/checkpoints/checkpoints.json").EnumerateObject()];

    /// <summary>The single file of a checkpoint, or null where the golden set has none.</summary>
    public static string? SingleFile(JsonProperty checkpoint) =>
        checkpoint.Value.GetProperty("single_file").GetString() is { } file && GoldenData.Exists($"models/{file}")
            ? GoldenData.PathOf($"models/{file}") : null;

    /// <summary>
    /// Makes a complete folder of links: model_index.json and every network, scheduler and tokenizer that the golden set has.
    /// </summary>
    public static string Assemble(JsonProperty checkpoint, string parent)
    {
        string folder = Path.Combine(parent, checkpoint.Name);
        Directory.CreateDirectory(folder);
        string index = GoldenData.PathOf($"models/{checkpoint.Value.GetProperty("folder").GetString()}/model_index.json");
        if (File.Exists(index)) File.Copy(index, Path.Combine(folder, "model_index.json"));
        foreach (var component in checkpoint.Value.GetProperty("components").EnumerateObject())
        {
            string path = GoldenData.PathOf($"models/{component.Value.GetString()}");
            if (Directory.Exists(path)) Directory.CreateSymbolicLink(Path.Combine(folder, component.Name), path);
        }
        return folder;
    }

    /// <summary>Names of tensors that differ in name, dtype, shape or any bit; empty where the two are alike.</summary>
    public static IReadOnlyList<string> Differences(ITensorSource expected, ITensorSource actual)
    {
        var different = expected.Tensors.Keys.Union(actual.Tensors.Keys)
            .Where(k => !expected.Tensors.ContainsKey(k) || !actual.Tensors.ContainsKey(k)).ToList();
        foreach (string key in expected.Tensors.Keys.Where(actual.Tensors.ContainsKey))
        {
            using var scope = NewDisposeScope();
            Tensor one = expected.Read(key), other = actual.Read(key);
            var info = actual.Tensors[key];
            if (one.dtype != other.dtype || info.Dtype != other.dtype || !one.shape.SequenceEqual(other.shape)
                || !info.Shape.SequenceEqual(other.shape) || !one.contiguous().bytes.SequenceEqual(other.contiguous().bytes))
                different.Add(key);
        }
        return different;
    }
}
