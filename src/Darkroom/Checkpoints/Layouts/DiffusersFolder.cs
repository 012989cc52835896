using System.Text.Json;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>Opens a folder in the diffusers layout, or the folder of one network.</summary>
internal static class DiffusersFolder
{
    /// <summary>Entries of model_index.json that are no networks, or none that pictures are made with.</summary>
    private static readonly HashSet<string> NotNetworks = new(StringComparer.Ordinal)
    {
        "scheduler", "low_res_scheduler", "tokenizer", "tokenizer_2", "feature_extractor", "safety_checker", "image_processor",
    };

    private static readonly string[] WeightNames = ["diffusion_pytorch_model", "model", "pytorch_model"];

    private static readonly string[] OtherVariants = ["fp16", "bf16", "fp32", "non_ema"];

    public static Checkpoint Open(string path, CheckpointOptions options)
    {
        var index = JsonFile.ReadIfThere(Path.Combine(path, "model_index.json"));
        if (index is null && File.Exists(Path.Combine(path, "config.json"))) return OpenLoneNetwork(path, options);
        var defaults = ReadDefaults(Path.Combine(path, GenerationDefaults.FileName));
        var words = ReadWords(Path.Combine(path, ModelWords.FileName));

        var networks = new Dictionary<string, CheckpointComponent>(StringComparer.Ordinal);
        var owned = new List<ITensorSource>();
        var problems = new ProblemList();
        try
        {
            foreach (string name in Networks(path, index))
            {
                if (!Directory.Exists(Path.Combine(path, name)))
                    problems.Missing("The folder of this network is missing.", Path.Combine(path, name));
                else if (OpenNetwork(name, Path.Combine(path, name), options, owned, problems) is { } network) networks.Add(name, network);
            }
            problems.ThrowIfAny();
            if (networks.Count == 0)
                throw new DarkroomException(ErrorKind.NotFound,
                    "The folder holds no model: neither a model_index.json nor a config.json with weights.", path);
        }
        catch
        {
            foreach (var source in owned) source.Dispose();
            throw;
        }
        return new Checkpoint(path, owned)
        {
            IsFolder = true,
            Family = Family(index, networks),
            Components = networks,
            ModelIndex = index,
            SchedulerConfig = JsonFile.ReadIfThere(Path.Combine(path, "scheduler", "scheduler_config.json")),
            TokenizerFolders = Tokenizers(path),
            Defaults = defaults,
            Words = words,
        };
    }

    /// <summary>The tokenizer folders in a folder.</summary>
    public static IReadOnlyDictionary<string, string> Tokenizers(string path) =>
        ((string[])["tokenizer", "tokenizer_2"]).Select(name => (name, Folder: Path.Combine(path, name))).Where(t => Directory.Exists(t.Folder))
            .ToDictionary(t => t.name, t => t.Folder, StringComparer.Ordinal);

    private static GenerationDefaults? ReadDefaults(string path) => JsonFile.ReadIfThere(path) is { } defaults ? GenerationDefaults.FromJson(defaults) : null;

    private static ModelWords? ReadWords(string path) => JsonFile.ReadIfThere(path) is { } words ? ModelWords.FromJson(words, path) : null;

    private static Checkpoint OpenLoneNetwork(string path, CheckpointOptions options)
    {
        var owned = new List<ITensorSource>();
        var problems = new ProblemList();
        string name = JsonFile.Read(Path.Combine(path, "config.json")) is var config && config.Text("_class_name") is { } type
            ? type switch
            {
                "UNet2DConditionModel" or "UNet2DModel" => "unet",
                "AutoencoderKL" or "AutoencoderTiny" or "VQModel" => "vae",
                "ControlNetModel" => "controlnet",
                _ => "model",
            }
            : config.Text("model_type") is "clip_text_model" ? "text_encoder" : "model";
        var network = OpenNetwork(name, path, options, owned, problems);
        problems.ThrowIfAny();
        return new Checkpoint(path, owned)
        {
            IsFolder = true,
            Components = new Dictionary<string, CheckpointComponent>(StringComparer.Ordinal) { [name] = network! },
        };
    }

    private static IEnumerable<string> Networks(string path, JsonElement? index)
    {
        if (index is not { } listed)
            return Directory.EnumerateDirectories(path)
                .Where(d => File.Exists(Path.Combine(d, "config.json"))).Select(d => Path.GetFileName(d)).Except(NotNetworks)
                .Order(StringComparer.Ordinal);
        return listed.EnumerateObject()
            .Where(e => e.Value is { ValueKind: JsonValueKind.Array } v && v.GetArrayLength() == 2
                && v[0].ValueKind == JsonValueKind.String && v[1].ValueKind == JsonValueKind.String)
            .Select(e => e.Name).Where(n => !NotNetworks.Contains(n) && n == Path.GetFileName(n) && n is not ("" or "." or ".."));
    }

    private static CheckpointComponent? OpenNetwork(string name, string folder, CheckpointOptions options, List<ITensorSource> owned,
        ProblemList problems)
    {
        try
        {
            var config = JsonFile.Read(Path.Combine(folder, "config.json"));
            if (Weights(folder, options.Variant) is not { } file)
            {
                problems.Missing("The weights are missing (no .safetensors or .bin of a usual name).", folder);
                return null;
            }
            ITensorSource stored = file.EndsWith(".json", StringComparison.Ordinal) ? ShardedTensors.Open(file) : CheckpointFormat.OpenTensors(file);
            owned.Add(stored);
            return new CheckpointComponent(name, config, config.Text("_class_name") is "AutoencoderKL"
                ? new DerivedTensors(stored, AutoencoderKeys.Renewed(stored)) : WithoutPositionIds(stored));
        }
        catch (DarkroomException error)
        {
            // One damaged network must not hide the others' problems.
            problems.Take(error);
            return null;
        }
    }

    /// <summary>Old text encoders store the numbers 0 to 76, which are no weights.</summary>
    private static ITensorSource WithoutPositionIds(ITensorSource stored) => !stored.Tensors.ContainsKey(TextEncoderKeys.PositionIds) ? stored
        : new DerivedTensors(stored, stored.Tensors.Values.Where(t => t.Name != TextEncoderKeys.PositionIds)
            .Select(t => DerivedTensor.Same(t.Name, t)));

    /// <summary>The file with the weights: safetensors before pickles, the variant asked for before others.</summary>
    private static string? Weights(string folder, string? variant)
    {
        string[] variants = [.. variant is null ? [""]
            : (string[])[$".{variant}", ""], .. OtherVariants.Where(v => v != variant).Select(v => $".{v}")];
        foreach (string extension in (string[])["safetensors", "bin"])
        {
            foreach (string v in variants)
            {
                foreach (string name in WeightNames)
                {
                    string[] spellings = [$"{name}{v}.{extension}", $"{name}.{extension}.index{v}.json", $"{name}{v}.{extension}.index.json"];
                    if (spellings.Select(s => Path.Combine(folder, s)).FirstOrDefault(File.Exists) is { } found) return found;
                }
            }
        }
        return null;
    }

    private static ModelFamily Family(JsonElement? index, Dictionary<string, CheckpointComponent> networks)
    {
        if (!networks.TryGetValue("unet", out var unet) || !networks.Keys.Any(k => k.StartsWith("text_encoder", StringComparison.Ordinal)))
            return ModelFamily.Other;
        if (unet.Config.Text("addition_embed_type") == "text_time")
            return networks.ContainsKey("text_encoder") ? ModelFamily.StableDiffusionXl : ModelFamily.StableDiffusionXlRefiner;
        if (index?.Text("_class_name") is { } pipeline && !pipeline.StartsWith("StableDiffusion", StringComparison.Ordinal)) return ModelFamily.Other;
        return networks.TryGetValue("text_encoder", out var text) ? text.Config.Text("hidden_act") == "gelu"
            ? ModelFamily.StableDiffusion2 : ModelFamily.StableDiffusion1 : ModelFamily.Other;
    }

    /// <summary>What is wrong with the networks of a folder, reported together.</summary>
    private sealed class ProblemList
    {
        private readonly List<Problem> _problems = [];
        private ErrorKind _kind = ErrorKind.NotFound;

        public void Missing(string what, string where) => _problems.Add(new Problem(what, where));

        /// <summary>Adds another error; one that is more than something missing gives its kind to the whole.</summary>
        public void Take(DarkroomException error)
        {
            if (error.Kind != ErrorKind.NotFound) _kind = error.Kind;
            _problems.AddRange(error.Problems);
        }

        public void ThrowIfAny()
        {
            if (_problems.Count > 0) throw new DarkroomException(_kind, _problems);
        }
    }
}
