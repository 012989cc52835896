using System.Text.Json;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>Opens the original single-file layout, or one network in a file by itself.</summary>
internal static class SingleFile
{
    /// <summary>Files of one network in the diffusers layout: a key that each kind has, and where it goes.</summary>
    private static readonly (string Mark, string Component, NetworkKind Kind)[] LoneNetworks =
    [
        ("decoder.mid_block.", "vae", NetworkKind.Autoencoder), ("down_blocks.0.", "unet", NetworkKind.Unet),
        ("text_model.encoder.", "text_encoder", NetworkKind.Clip),
    ];

    public static Checkpoint Open(string path, CheckpointOptions options)
    {
        var source = CheckpointFormat.OpenTensors(path);
        try
        {
            var layout = SingleFileLayout.Find(source.Tensors.Keys);
            return layout is not null ? Open(path, source, layout, options) : OpenLoneNetwork(path, source, options);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static Checkpoint Open(string path, ITensorSource source, SingleFileLayout layout, CheckpointOptions options)
    {
        RefuseUnknownKeys(path, source, layout);
        var networks = new Dictionary<string, CheckpointComponent>(StringComparer.Ordinal);
        string prediction = SchedulerConfigs.PredictionType(layout.Family, path, source,
            source.Tensors.TryGetValue("model.diffusion_model.input_blocks.0.0.weight", out var first) && first.Shape.Count == 4
                ? first.Shape[1] : 0);
        foreach (var place in layout.Places)
        {
            var (stored, prefix) = options.UseAveragedWeights && place.Kind == NetworkKind.Unet
                ? (Averaged(path, source, place.Prefix), "") : (source, place.Prefix);
            string[] keys = [.. stored.Tensors.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k[prefix.Length..])];
            if (keys.Length == 0) continue;
            var config = Config(options, place.Component);
            var map = SingleFileLayout.Map(place.Kind, keys, config?.Integer("num_hidden_layers") ?? OpenClipLayers(place.Kind, keys));
            var derived = map.ToDiffusers(stored, prefix).Where(d => prefix.Length > 0 || !SingleFileLayout.IsHarmless(d.Info.Name));
            var tensors = new DerivedTensors(stored, Distinct(derived));
            config ??= ShapeConfigs.Make(place.Kind, layout.Family, tensors, prediction != "epsilon");
            networks[place.Component] = new CheckpointComponent(place.Component, config.Value, tensors);
        }
        bool whole = networks.ContainsKey("unet");
        return new Checkpoint(path, [source])
        {
            Family = layout.Family,
            Components = networks,
            SchedulerConfig = SchedulerConfig(options) ?? (whole ? SchedulerConfigs.Make(layout.Family, prediction) : null),
            TokenizerFolders = options.ConfigFolder is { } folder ? DiffusersFolder.Tokenizers(folder) : new Dictionary<string, string>(),
        };
    }

    /// <summary>Whether the keys are those of a model or network that <see cref="Open(string, CheckpointOptions)"/> reads.</summary>
    public static bool IsModel(ITensorSource source) => SingleFileLayout.Find(source.Tensors.Keys) is not null
        || Array.Exists(LoneNetworks, l => source.Tensors.Keys.Any(k => k.StartsWith(l.Mark, StringComparison.Ordinal)));

    private static Checkpoint OpenLoneNetwork(string path, ITensorSource source, CheckpointOptions options)
    {
        var (_, component, kind) = LoneNetworks.FirstOrDefault(l => source.Tensors.Keys.Any(k => k.StartsWith(l.Mark, StringComparison.Ordinal)));
        if (component is null)
        {
            string[] some = [.. source.Tensors.Keys.Order(StringComparer.Ordinal).Take(5)];
            throw new DarkroomException(ErrorKind.ModelMismatch,
                $"It holds {source.Tensors.Count} tensors, but not those of a known model (they begin with {string.Join(", ", some)}).", path,
                "Adapters and embeddings are given beside a model, not in place of it.");
        }
        ITensorSource tensors = kind switch
        {
            NetworkKind.Autoencoder => new DerivedTensors(source, Distinct(AutoencoderKeys.Renewed(source))),
            NetworkKind.Clip => new DerivedTensors(source, source.Tensors.Values.Where(t => t.Name != TextEncoderKeys.PositionIds)
                .Select(t => DerivedTensor.Same(t.Name, t))),
            _ => source,
        };
        var config = Config(options, component) ?? ShapeConfigs.Make(kind, ModelFamily.Other, tensors, predictsVelocity: false);
        return new Checkpoint(path, [source])
        {
            Components = new Dictionary<string, CheckpointComponent>(StringComparer.Ordinal) { [component] = new(component, config, tensors) },
            SchedulerConfig = SchedulerConfig(options),
        };
    }

    /// <summary>What is neither a network's nor known to be harmless is reported, all of it.</summary>
    private static void RefuseUnknownKeys(string path, ITensorSource source, SingleFileLayout layout)
    {
        if (layout.Places.Any(p => p.Prefix.Length == 0)) return;
        Problem[] unknown = [.. source.Tensors.Values
            .Where(t => !SingleFileLayout.IsHarmless(t.Name) && !layout.Places.Any(p => t.Name.StartsWith(p.Prefix, StringComparison.Ordinal)))
            .Select(t => new Problem($"It is unexpected; {layout.Family} has no such {TensorDtypes.Describe(t.Shape)} tensor.", $"{path}: {t.Name}"))];
        if (unknown.Length > 0) throw new DarkroomException(ErrorKind.ModelMismatch, unknown);
    }

    /// <summary>The UNet's averages, which a training checkpoint keeps under names without points, under their usual names.</summary>
    private static DerivedTensors Averaged(string path, ITensorSource source, string prefix)
    {
        var averaged = new List<DerivedTensor>();
        foreach (string key in source.Tensors.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string name = $"model_ema.{key["model.".Length..].Replace(".", "", StringComparison.Ordinal)}";
            if (source.Tensors.TryGetValue(name, out var info)) averaged.Add(DerivedTensor.Same(key[prefix.Length..], info));
        }
        return averaged.Count > 0 ? new DerivedTensors(source, averaged)
            : throw new DarkroomException(ErrorKind.ModelMismatch, "It holds no averaged weights (EMA).", path, "Take its usual weights.");
    }

    internal static List<DerivedTensor> Distinct(IEnumerable<DerivedTensor> derived)
    {
        var list = derived.ToList();
        Problem[] twice = [.. list.GroupBy(d => d.Info.Name, StringComparer.Ordinal).Where(g => g.Count() > 1)
            .Select(g => new Problem($"It is there twice, as {string.Join(" and ", g.Select(d => d.From[0]))}.", g.Key))];
        return twice.Length == 0 ? list : throw new DarkroomException(ErrorKind.ModelMismatch, twice);
    }

    /// <summary>Layers of an OpenCLIP text encoder; of SD2's 24 the last is not used.</summary>
    private static int OpenClipLayers(NetworkKind kind, IEnumerable<string> keys)
    {
        int layers = 1 + UnetKeys.Numbers(keys, "transformer.resblocks.", "").DefaultIfEmpty(-1).Max();
        return kind == NetworkKind.OpenClip && layers == 24 ? 23 : layers;
    }

    private static JsonElement? Config(CheckpointOptions options, string component) =>
        options.ConfigFolder is { } folder ? JsonFile.ReadIfThere(Path.Combine(folder, component, "config.json")) : null;

    private static JsonElement? SchedulerConfig(CheckpointOptions options) =>
        options.ConfigFolder is { } folder ? JsonFile.ReadIfThere(Path.Combine(folder, "scheduler", "scheduler_config.json")) : null;
}
