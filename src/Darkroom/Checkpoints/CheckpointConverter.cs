using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>Writes a checkpoint in another layout or dtype, one tensor at a time, so that memory stays within the largest tensor.</summary>
public static class CheckpointConverter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether an output of this name is a single file (<c>.safetensors</c>) and not a folder.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: the name is that of a file of torch.save, which is not written.</exception>
    public static bool IsSingleFileName(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".SAFETENSORS" => true,
        ".CKPT" or ".PT" or ".PTH" or ".BIN" =>
            throw new DarkroomException(ErrorKind.InvalidRequest, "Pickles are read, but not written.", path,
                "Choose a name that ends in .safetensors."),
        _ => false,
    };

    /// <summary>Writes the original single file of safetensors, as other programs read it.</summary>
    /// <param name="checkpoint">A single file (its other tensors are kept as they are) or a folder.</param>
    /// <param name="path">The file to write. It appears whole or not at all.</param>
    /// <param name="options">How; null for the dtypes as they are.</param>
    /// <exception cref="DarkroomException">ModelMismatch: there is no single-file layout for it; Numerical: too large for f16;
    /// OutputFailed.</exception>
    public static void ToSingleFile(Checkpoint checkpoint, string path, ConversionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        options ??= new ConversionOptions();
        var original = checkpoint.IsFolder ? Original(checkpoint) : checkpoint.Stored!;
        // Buffers of the training schedule keep their precision.
        var written = options.Dtype is { } type ? new ConvertedTensors(original, type, name => !SingleFileLayout.IsHarmless(name)) : original;
        SafetensorsWriter.Write(path, Watched(options)(written), (checkpoint.Stored as SafetensorsFile)?.Metadata, options.Overwrite);
    }

    /// <summary>
    /// Writes a folder in the diffusers layout: a folder for each network with its config.json, the scheduler's configuration, and
    /// model_index.json.
    /// </summary>
    /// <param name="checkpoint">A single file or a folder.</param>
    /// <param name="path">The folder to write, which must not exist. It appears whole or not at all.</param>
    /// <param name="options">How; null for the dtypes as they are.</param>
    /// <exception cref="DarkroomException">Numerical: too large for f16; OutputFailed: it exists, the disk is full, no
    /// permission.</exception>
    public static void ToFolder(Checkpoint checkpoint, string path, ConversionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        NewFolder.Write(path, folder => WriteFolder(checkpoint, folder, options ?? new ConversionOptions()));
    }

    /// <summary>Counts the bytes of all the sources that it is given.</summary>
    private static Func<ITensorSource, ITensorSource> Watched(ConversionOptions options)
    {
        long written = 0;
        return source => new WatchedTensors(source, bytes => options.Progress?.Report(written += bytes), options.Cancellation);
    }

    private static CombinedTensors Original(Checkpoint checkpoint)
    {
        var layout = SingleFileLayout.All.FirstOrDefault(l => l.Family == checkpoint.Family && checkpoint.Family != ModelFamily.Other)
            ?? throw new DarkroomException(ErrorKind.ModelMismatch, "There is no single-file layout for this kind of model.", checkpoint.FilePath,
                "Stable Diffusion 1, 2 and XL have one; write a folder instead.");
        var parts = new List<ITensorSource>();
        foreach (var place in layout.Places)
        {
            var network = checkpoint.Component(place.Component);
            string[] keys = [.. network.Tensors.Tensors.Keys];
            var map = SingleFileLayout.Map(place.Kind, keys, network.Config.Integer("num_hidden_layers") ?? 0);
            var derived = map.ToOriginal(network.Tensors, place.Prefix);
            if (place.Kind == NetworkKind.Clip) derived = derived.Append(PositionIds(place.Prefix, network.Tensors));
            parts.Add(new DerivedTensors(network.Tensors, derived));
        }
        return new CombinedTensors(parts);
    }

    /// <summary>The numbers 0 to 76, which the first programs expect among the weights.</summary>
    private static DerivedTensor PositionIds(string prefix, ITensorSource tensors)
    {
        long length = tensors.Tensors["text_model.embeddings.position_embedding.weight"].Shape[0];
        return new DerivedTensor(new TensorInfo(prefix + TextEncoderKeys.PositionIds, [1, length], ScalarType.Int64), Derivation.Count, []);
    }

    private static void WriteFolder(Checkpoint checkpoint, string folder, ConversionOptions options)
    {
        var watched = Watched(options);
        foreach (var network in checkpoint.Components.Values)
        {
            string name = network.Name.StartsWith("text_encoder", StringComparison.Ordinal) ? "model.safetensors"
                : "diffusion_pytorch_model.safetensors";
            var tensors = options.Dtype is { } type ? new ConvertedTensors(network.Tensors, type, _ => true) : network.Tensors;
            SafetensorsWriter.Write(Path.Combine(folder, network.Name, name), watched(tensors));
            WriteJson(Path.Combine(folder, network.Name, "config.json"), network.Config);
        }
        if (checkpoint.SchedulerConfig is { } scheduler) WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler);
        foreach (var (name, tokenizer) in checkpoint.TokenizerFolders)
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            foreach (string file in Directory.EnumerateFiles(tokenizer)) File.Copy(file, Path.Combine(folder, name, Path.GetFileName(file)));
        }
        foreach (string name in Tokenizers(checkpoint)
            .Where(n => !checkpoint.TokenizerFolders.ContainsKey(n))) options.WriteTokenizer?.Invoke(name, Path.Combine(folder, name));
        if (checkpoint.Defaults is { } defaults) WriteJson(Path.Combine(folder, GenerationDefaults.FileName), JsonSerializer.SerializeToElement(defaults.ToJson()));
        if (checkpoint.Words is { } words) WriteJson(Path.Combine(folder, ModelWords.FileName), JsonSerializer.SerializeToElement(words.ToJson()));
        WriteJson(Path.Combine(folder, "model_index.json"), checkpoint.ModelIndex ?? ModelIndex(checkpoint));
    }

    private static JsonElement ModelIndex(Checkpoint checkpoint)
    {
        bool large = checkpoint.Family is ModelFamily.StableDiffusionXl;
        var index = new JsonObject
        {
            ["_class_name"] = checkpoint.Family switch
            {
                ModelFamily.StableDiffusionXlRefiner => "StableDiffusionXLImg2ImgPipeline",
                ModelFamily.Other => "DiffusionPipeline",
                _ => $"StableDiffusion{(large ? "XL" : "")}{(checkpoint.IsInpainting ? "Inpaint" : "")}Pipeline",
            },
        };
        foreach (var network in checkpoint.Components.Values)
        {
            index[network.Name] = network.Config.Text("_class_name") is { } type ? new JsonArray("diffusers", type)
                : new JsonArray("transformers", network.Config.TryGetProperty("architectures", out var all) && all.GetArrayLength() > 0
                    ? all[0].GetString() : "CLIPTextModel");
        }
        foreach (string name in Tokenizers(checkpoint)) index[name] = new JsonArray("transformers", "CLIPTokenizer");
        if (checkpoint.SchedulerConfig?.Text("_class_name") is { } scheduler) index["scheduler"] = new JsonArray("diffusers", scheduler);
        if (checkpoint.Family is ModelFamily.StableDiffusion1 or ModelFamily.StableDiffusion2)
        {
            index["feature_extractor"] = new JsonArray(null, null);
            index["safety_checker"] = new JsonArray(null, null);
            index["requires_safety_checker"] = false;
        }
        if (large) index["force_zeros_for_empty_prompt"] = true;
        return JsonSerializer.SerializeToElement(index);
    }

    /// <summary>The tokenizers that its text encoders need.</summary>
    private static IEnumerable<string> Tokenizers(Checkpoint checkpoint) =>
        checkpoint.Components.Keys.Where(n => n.StartsWith("text_encoder", StringComparison.Ordinal))
            .Select(n => n.Replace("text_encoder", "tokenizer", StringComparison.Ordinal));

    private static void WriteJson(string path, JsonElement json) =>
        AtomicFile.Write(path, overwrite: false, stream => JsonSerializer.Serialize(stream, json, Indented));
}
