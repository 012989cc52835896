using System.Text.Json;
using Darkroom.Checkpoints.Layouts;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>Says what weights are, from names, shapes and the text beside them.</summary>
public static class CheckpointInspector
{
    private const int MostWords = 50;

    /// <summary>The last part of an adapter's keys, and its algorithm.</summary>
    private static readonly (string Part, string Algorithm)[] AdapterParts =
    [
        (".dora_scale", "DoRA"), (".hada_w1_a", "LoHa"), (".lokr_w1", "LoKr"), (".lokr_w1_a", "LoKr"), (".lora_down.weight", "LoRA"),
        (".lora_A.weight", "LoRA"), ("_lora.down.weight", "LoRA"),
        (".lora_linear_layer.down.weight", "LoRA"),
    ];

    /// <summary>Parts of keys whose first dimension is the rank, then those where it is the second.</summary>
    private static readonly string[] RankFirst = [".lora_down.weight", ".lora_A.weight", "_lora.down.weight",
        ".lora_linear_layer.down.weight", ".hada_w1_b", ".lokr_w2_b"];

    /// <summary>Looks at a file or folder.</summary>
    /// <param name="path">A model, a network, an adapter, an embedding or any other tensors.</param>
    /// <param name="options">How a model is opened; null for the usual.</param>
    /// <param name="width">Pixels to estimate the memory for; null is what the model was trained on.</param>
    /// <param name="height">Likewise.</param>
    /// <param name="dtype">The precision to estimate the memory for.</param>
    /// <exception cref="DarkroomException">NotFound; BadFile: damaged or hostile; ModelMismatch: a model of unknown sizes.</exception>
    public static Inspection Inspect(string path, CheckpointOptions? options = null, int? width = null, int? height = null,
        ScalarType dtype = ScalarType.BFloat16)
    {
        if (!Directory.Exists(path))
        {
            using var source = CheckpointFormat.OpenTensors(path);
            if (Adapter(path, source) is { } adapter) return adapter;
            if (Embedding(path, source) is { } embedding) return embedding;
            if (!SingleFile.IsModel(source)) return Describe(path, source, WeightsKind.Tensors);
        }
        using var checkpoint = Checkpoint.Open(path, options);
        int side = MemoryEstimate.Side(checkpoint) ?? 512;
        var (w, h) = (width ?? side, height ?? side);
        return new Inspection
        {
            Path = path,
            Kind = checkpoint.Components.ContainsKey("unet") && checkpoint.Components.Count > 1 ? WeightsKind.Model : WeightsKind.Network,
            Layout = checkpoint.IsFolder ? "diffusers folder" : "single file",
            Family = checkpoint.Family,
            IsInpainting = checkpoint.IsInpainting,
            PredictionType = checkpoint.SchedulerConfig is null ? null : checkpoint.PredictionType,
            HasAveragedWeights = checkpoint.Stored?.Tensors.Keys.Any(k => k.StartsWith("model_ema.", StringComparison.Ordinal)) ?? false,
            Networks = [.. checkpoint.Components.Values.Select(c => Network(c.Name, c.Tensors))],
            Metadata = (checkpoint.Stored as SafetensorsFile)?.Metadata ?? new Dictionary<string, string>(),
            TrainedWords = checkpoint.Stored is SafetensorsFile file ? CaptionWords(file) : [],
            Memory = MemoryEstimate.PeakBytes(checkpoint, w, h, TensorDtypes.Of(dtype).Size) is { } peak
                ? new MemoryNeed(w, h, TensorDtypes.Of(dtype).Name.ToLowerInvariant(), peak) : null,
        };
    }

    private static Inspection? Adapter(string path, ITensorSource source)
    {
        string[] algorithms = [.. AdapterParts.Where(p => source.Tensors.Keys.Any(k => k.EndsWith(p.Part, StringComparison.Ordinal)))
            .Select(p => p.Algorithm).Distinct()];
        if (algorithms.Length == 0) return null;
        return Describe(path, source, WeightsKind.Adapter) with
        {
            Algorithm = algorithms.Contains("DoRA") ? "DoRA" : string.Join(", ", algorithms),
            Ranks = [.. source.Tensors.Values.Where(t => t.Shape.Count > 0
                && Array.Exists(RankFirst, p => t.Name.EndsWith(p, StringComparison.Ordinal))).Select(t => (int)t.Shape[0]).Distinct()
                .Order()],
            TrainedWords = CaptionWords(source as SafetensorsFile),
        };
    }

    /// <summary>
    /// Textual inversions: one tensor named as the word (diffusers), or <c>emb_params</c> (safetensors) or <c>string_to_param</c>
    /// (pickle) of A1111, where the word is the file's name.
    /// </summary>
    private static Inspection? Embedding(string path, ITensorSource source)
    {
        bool named = source.Tensors.Count <= 4
            && source.Tensors.Values.All(t => TensorDtypes.IsFloat(t.Dtype) && t.Shape.Count is 1 or 2)
            && !source.Tensors.Keys.Any(k => k.Contains('.', StringComparison.Ordinal));
        string[] keys = [.. source.Tensors.Keys.Where(k => named || k is "emb_params" or "clip_l" or "clip_g"
            || k.StartsWith("string_to_param.", StringComparison.Ordinal))];
        if (keys.Length == 0) return null;
        string? stated = source is TorchFile torch && torch.Values.TryGetValue("name", out object? name) ? name as string : null;
        string file = System.IO.Path.GetFileNameWithoutExtension(path);
        return Describe(path, source, WeightsKind.Embedding) with
        {
            TrainedWords = [.. keys.Select(k => (Key: k, source.Tensors[k].Shape)).Select(t => new TrainedWord(
                t.Key is "emb_params" or "clip_l" or "clip_g" || t.Key.StartsWith("string_to_param.", StringComparison.Ordinal)
                    ? stated ?? file : t.Key,
                t.Shape.Count == 2 ? (int)t.Shape[0] : 1, (int)t.Shape[^1]))],
        };
    }

    /// <summary>What training programs write into adapters: the word they were told, or the tags of the captions.</summary>
    private static IReadOnlyList<TrainedWord> CaptionWords(SafetensorsFile? file)
    {
        if (file is null) return [];
        if (file.Metadata.TryGetValue("modelspec.trigger_phrase", out string? phrase) && phrase.Length > 0)
            return [new TrainedWord(phrase, null, null)];
        if (!file.Metadata.TryGetValue("ss_tag_frequency", out string? tags)) return [];
        try
        {
            using var document = JsonDocument.Parse(tags, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return [];
            return [.. document.RootElement.EnumerateObject().Where(set => set.Value.ValueKind == JsonValueKind.Object)
                .SelectMany(set => set.Value.EnumerateObject())
                .Where(tag => tag.Value.ValueKind == JsonValueKind.Number).GroupBy(tag => tag.Name.Trim(), StringComparer.Ordinal)
                .OrderByDescending(g => g.Sum(t => t.Value.TryGetInt64(out long n) ? n : 0)).ThenBy(g => g.Key, StringComparer.Ordinal)
                    .Take(MostWords).Select(g => new TrainedWord(g.Key, null, null))];
        }
        catch (JsonException)
        {
            return []; // free text that is no JSON says nothing about words
        }
    }

    private static Inspection Describe(string path, ITensorSource source, WeightsKind kind) => new()
    {
        Path = path,
        Kind = kind,
        Layout = source is SafetensorsFile ? "safetensors" : "pickle",
        Networks = [Network("tensors", source)],
        Metadata = (source as SafetensorsFile)?.Metadata ?? new Dictionary<string, string>(),
    };

    private static InspectedNetwork Network(string name, ITensorSource source) =>
        new(name, source.Tensors.Count, source.Tensors.Values.Sum(t => t.Count), source.Tensors.Values.Sum(t => t.Bytes),
        source.Tensors.Values.GroupBy(t => t.Dtype).OrderByDescending(g => g.Sum(t => t.Count))
            .ToDictionary(g => TensorDtypes.Of(g.Key).Name, g => g.Sum(t => t.Count), StringComparer.Ordinal));
}
