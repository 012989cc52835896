using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Networks;
using Darkroom.Networks.Classifiers;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>Writes checkpoints of openai/improved-diffusion and openai/guided-diffusion as folders in diffusers' layout, which every command opens.</summary>
public static class OpenAiConversion
{
    private const string Weights = "diffusion_pytorch_model.safetensors";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes the folder of a DDPMPipeline, or, of a classifier, config.json and its weights. The network is not built: tensors pass through one at a time, and
    /// their names and shapes are compared with what the flags say before anything is written.
    /// </summary>
    /// <param name="weights">A state_dict under the authors' names; stays the caller's.</param>
    /// <param name="flags">MODEL_FLAGS and DIFFUSION_FLAGS (of a classifier CLASSIFIER_FLAGS) of the repository's README: "--image_size 64 --num_channels 192 ...".</param>
    /// <param name="script">Whose flags they are.</param>
    /// <param name="folder">It must not exist; it appears whole or not at all.</param>
    /// <param name="dtype">Of the weights to write; null for those of the file.</param>
    /// <exception cref="DarkroomException">InvalidRequest: flags that can't be read, or a super-resolution model; ModelMismatch: weights of another network;
    /// OutputFailed.</exception>
    public static void ToFolder(ITensorSource weights, string flags, OpenAiScript script, string folder, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(flags);
        if (script == OpenAiScript.SuperResolution)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, "Super-resolution models of OpenAI take no noise level, as our cascades do, so that no command could run them.", null,
                "Load it from C#: OpenAiNetworks.LoadUnet.");
        }
        ToFolder(weights, WithClassesOf(weights, OpenAiUnetConfig.FromFlags(flags, script)), OpenAiFlags.Scheduler(flags), folder, dtype);
    }

    /// <summary>The same with the arguments of the authors' class in place of flags.</summary>
    /// <param name="weights">A state_dict.</param>
    /// <param name="config">A classifier's where it has a pool.</param>
    /// <param name="scheduler">scheduler_config.json; not written of a classifier.</param>
    /// <param name="folder">It must not exist.</param>
    /// <param name="dtype">Of the weights to write.</param>
    internal static void ToFolder(ITensorSource weights, OpenAiUnetConfig config, JsonObject scheduler, string folder, ScalarType? dtype = null)
    {
        bool classifier = config.Pool is not null;
        using var network = Empty(config, classifier);
        using var ours = new DerivedTensors(weights, SingleFile.Distinct(OpenAiKeys.Map(config).ToDiffusers(weights, "")));
        Compare(network, ours);
        using var written = dtype is { } type ? new ConvertedTensors(ours, type, _ => true) : (ITensorSource)ours;
        NewFolder.Write(folder, path =>
        {
            string component = classifier ? path : Path.Combine(path, "unet");
            SafetensorsWriter.Write(Path.Combine(component, Weights), written);
            WriteJson(Path.Combine(component, "config.json"), classifier ? Classifier(config) : Unet(config.ToUnet()));
            if (classifier) return;
            WriteJson(Path.Combine(path, "scheduler", "scheduler_config.json"), scheduler);
            WriteJson(Path.Combine(path, "model_index.json"), new JsonObject
            {
                ["_class_name"] = "DDPMPipeline",
                ["scheduler"] = new JsonArray("diffusers", "DDPMScheduler"),
                ["unet"] = new JsonArray("diffusers", "UNet2DModel"),
            });
        });
    }

    /// <summary>The scripts know ImageNet's classes alone; weights that were trained on others say how many by their shapes.</summary>
    private static OpenAiUnetConfig WithClassesOf(ITensorSource weights, OpenAiUnetConfig config)
    {
        string last = config.Pool switch { null => "label_emb.weight", "attention" => "out.2.c_proj.weight", "spatial" => "out.2.weight", _ => "out.3.weight" };
        if (!weights.Tensors.TryGetValue(last, out var found) || found.Shape.Count == 0) return config;
        int classes = (int)Math.Min(found.Shape[0], int.MaxValue);
        if (config.Pool is not null) return config with { OutChannels = classes };
        return config.Classes is null ? config : config with { Classes = classes };
    }

    private static Network Empty(OpenAiUnetConfig config, bool classifier) =>
        classifier ? new EncoderUnet(OpenAiNetworks.Classifier(config), ScalarType.Float32, META) : new UNet(config.ToUnet(), ScalarType.Float32, META);

    private static void Compare(Network network, ITensorSource ours)
    {
        var expected = network.state_dict().ToDictionary(s => s.Key, s => (IReadOnlyList<long>)s.Value.shape, StringComparer.Ordinal);
        var problems = ModuleLoader.Compare(expected, ours, null).ToList();
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.ModelMismatch, problems);
    }

    /// <summary>The configuration of a classifier, as <see cref="EncoderUnetConfig.FromJson"/> reads it.</summary>
    private static JsonObject Classifier(OpenAiUnetConfig config)
    {
        var json = Unet(config.ToUnet() with { OutChannels = config.InChannels, NumClassEmbeds = null });
        json["num_classes"] = config.OutChannels;
        json["pool"] = config.Pool;
        json["pool_head_dim"] = config.HeadChannels;
        return json;
    }

    /// <summary>The configuration of a UNet2DModel; what diffusers has no word for stands under names of ours, which <see cref="UnetConfig.FromJson"/> reads.</summary>
    private static JsonObject Unet(UnetConfig config)
    {
        string resampling = config.ResidualResampling ? "resnet" : config.PooledResampling ? "pool" : "conv";
        var json = new JsonObject
        {
            ["_class_name"] = "UNet2DModel",
            ["in_channels"] = config.InChannels,
            ["out_channels"] = config.OutChannels,
            ["sample_size"] = config.SampleSize,
            ["block_out_channels"] = List(config.BlockOutChannels),
            ["down_block_types"] = List(config.DownBlockTypes.Select(kind => Name(kind, "Down"))),
            ["up_block_types"] = List(config.UpBlockTypes.Select(kind => Name(kind, "Up"))),
            ["layers_per_block"] = config.LayersPerBlock[0],
            ["downsample_type"] = resampling,
            ["upsample_type"] = resampling,
            ["dropout"] = config.Dropout,
            ["norm_num_groups"] = config.NormNumGroups,
            ["norm_eps"] = config.NormEps,
            ["attn_norm_num_groups"] = config.AttnNormNumGroups,
            ["attention_head_dim"] = config.SelfAttentionHeadWidth,
            ["num_attention_heads"] = config.SelfAttentionHeads,
            ["num_attention_heads_up"] = config.UpSelfAttentionHeads,
            ["resnet_time_scale_shift"] = config.ScaleShift ? "scale_shift" : "default",
            ["time_embedding_dim"] = config.TimeEmbeddingDim,
            ["flip_sin_to_cos"] = config.FlipSinToCos,
            ["freq_shift"] = config.FreqShift,
            ["num_class_embeds"] = config.NumClassEmbeds,
        };
        foreach (string open in json.Where(value => value.Value is null).Select(value => value.Key).ToList()) json.Remove(open);
        return json;
    }

    private static string Name(UnetBlockKind kind, string way) => kind switch
    {
        UnetBlockKind.SelfAttention => $"Attn{way}Block2D",
        UnetBlockKind.ResidualResampling => $"Resnet{way}sampleBlock2D",
        _ => $"{way}Block2D",
    };

    private static JsonArray List<T>(IEnumerable<T> values) => [.. values.Select(value => JsonValue.Create(value))];

    private static void WriteJson(string path, JsonObject json) =>
        AtomicFile.Write(path, overwrite: false, stream => stream.Write(Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n")));
}
