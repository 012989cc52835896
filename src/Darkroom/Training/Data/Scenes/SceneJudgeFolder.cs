using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Networks.Classifiers;
using static TorchSharp.torch;

namespace Darkroom.Training.Data.Scenes;

/// <summary>What a judge may be used for. Whoever chooses by a judge makes what fools that judge, so another must report.</summary>
internal enum JudgeRole
{
    /// <summary>To compare checkpoints and settings while a model is made.</summary>
    Choosing,

    /// <summary>To report the quality of a finished model, and for nothing else.</summary>
    Reporting,
}

/// <summary>A scene judge on disk: config.json (with the names of the objects, and its role) and model.safetensors.</summary>
internal static class SceneJudgeFolder
{
    private const string Config = "config.json";
    private const string Weights = "model.safetensors";

    /// <summary>The configuration of a judge of the vocabulary's objects.</summary>
    /// <param name="network">As <see cref="SceneJudgeConfig"/> reads it, without the objects.</param>
    /// <param name="role">What it may be used for.</param>
    public static JsonObject Describe(JsonObject network, JudgeRole role)
    {
        var config = (JsonObject)network.DeepClone();
        config["role"] = role == JudgeRole.Choosing ? "choosing" : "reporting";
        config["objects"] = SceneVocabulary.Objects.Count;
        config["object_names"] = new JsonArray([.. SceneVocabulary.Objects.Select(o => (JsonNode?)o.Name)]);
        return config;
    }

    /// <summary>Writes a judge, its weights in float16.</summary>
    /// <param name="folder">Where; files of the same names are replaced.</param>
    /// <param name="config">Of <see cref="Describe"/>.</param>
    /// <param name="weights">By the network's names; not disposed.</param>
    public static void Write(string folder, JsonObject config, IReadOnlyDictionary<string, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(folder, Weights), weights.ToDictionary(w => w.Key, w => w.Value.detach().to(ScalarType.Float16)), overwrite: true);
        ModelFolder.WriteJson(Path.Combine(folder, Config), config);
    }

    /// <summary>Opens a judge, in float32; the caller disposes it.</summary>
    /// <param name="folder">Where it is.</param>
    /// <exception cref="DarkroomException">NotFound; BadFile or ModelMismatch: it isn't a judge of the vocabulary's objects.</exception>
    public static (SceneJudge Judge, JudgeRole Role) Load(string folder)
    {
        string path = Path.Combine(folder, Config);
        if (!File.Exists(path))
            throw new DarkroomException(ErrorKind.NotFound, "There is no scene judge in this folder.", folder, "Train one with darkroom train judge.");
        var json = JsonFile.Read(path);
        var config = SceneJudgeConfig.FromJson(json);
        var names = json.TryGetProperty("object_names", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.String ? n.GetString() : null) : [];
        if (config.Objects != SceneVocabulary.Objects.Count || !names.SequenceEqual(SceneVocabulary.Objects.Select(o => o.Name)))
            throw new DarkroomException(ErrorKind.ModelMismatch, "This judge knows other objects than scenes have.", path, "Train it again with darkroom train judge.");
        var role = json.Text("role") switch
        {
            "choosing" => JudgeRole.Choosing,
            "reporting" => JudgeRole.Reporting,
            _ => throw new DarkroomException(ErrorKind.BadFile, "Its role must be choosing or reporting.", path),
        };

        var judge = SceneJudge.Create(config, ScalarType.Float32, META);
        try
        {
            using var weights = SafetensorsFile.Open(Path.Combine(folder, Weights));
            ModuleLoader.Load(judge, weights, new ModuleLoadOptions { Dtype = ScalarType.Float32, ChannelsLast = true, Component = "judge" });
            return (judge, role);
        }
        catch
        {
            judge.Dispose();
            throw;
        }
    }
}
