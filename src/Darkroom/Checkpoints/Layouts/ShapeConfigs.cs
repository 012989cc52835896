using System.Text.Json;
using System.Text.Json.Nodes;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>
/// Configurations of networks of which only the tensors are known. All sizes follow from shapes; the number of attention heads doesn't,
/// and is taken from the family that
/// the sizes belong to.
/// </summary>
internal static class ShapeConfigs
{
    /// <summary>Widths of CLIP text encoders and their heads: ViT-L/14, ViT-H/14, ViT-bigG/14.</summary>
    private static readonly Dictionary<long, int> TextHeads = new() { [768] = 12, [1024] = 16, [1280] = 20 };

    /// <summary>Widths of the context by which UNets are known: SD1 has 8 heads everywhere, the later ones heads of width 64.</summary>
    private static readonly Dictionary<long, int?> UnetHeads = new() { [768] = 8, [1024] = null, [1280] = null, [2048] = null };

    /// <param name="kind">Which network.</param>
    /// <param name="family">Of which family the file is.</param>
    /// <param name="tensors">Its weights, in the diffusers layout.</param>
    /// <param name="predictsVelocity">Whether the model predicts v; tells SD2's resolution.</param>
    /// <exception cref="DarkroomException">ModelMismatch: sizes of no known family.</exception>
    public static JsonElement Make(NetworkKind kind, ModelFamily family, ITensorSource tensors, bool predictsVelocity)
    {
        var json = kind switch
        {
            NetworkKind.Unet => Unet(family, tensors, predictsVelocity),
            NetworkKind.Autoencoder => Autoencoder(family, tensors),
            _ => TextEncoder(kind, tensors),
        };
        return JsonSerializer.SerializeToElement(json);
    }

    private static JsonObject Unet(ModelFamily family, ITensorSource tensors, bool predictsVelocity)
    {
        var (levels, layers, _) = UnetKeys.Structure([.. tensors.Tensors.Keys]);
        long[] channels = [.. Enumerable.Range(0, levels).Select(i => Size(tensors, $"down_blocks.{i}.resnets.0.conv1.weight", 0))];
        int[] depths = [.. Enumerable.Range(0, levels).Select(i => Depth(tensors, $"down_blocks.{i}.attentions.0."))];
        int middle = Depth(tensors, "mid_block.attentions.0.");
        int attending = Array.FindIndex(depths, d => d > 0);
        string first = attending >= 0 ? $"down_blocks.{attending}.attentions.0" : "mid_block.attentions.0";
        long context = Size(tensors, $"{first}.transformer_blocks.0.attn2.to_k.weight", 1);
        if (!UnetHeads.TryGetValue(context, out int? heads) || channels.Any(c => c % 64 != 0))
            throw Unknown("unet",
                $"levels of {TensorDtypes.Describe(channels)} channels and a context of width {context}");
        // Levels without attention take any number; the last one's is also that of the middle.
        int[] transformers = [.. depths.Select((d, i) => d > 0 ? d : i == levels - 1 ? Math.Max(1, middle) : 1)];
        var json = new JsonObject
        {
            ["_class_name"] = "UNet2DConditionModel",
            ["act_fn"] = "silu",
            ["attention_head_dim"] = heads is { } all ? all : Numbers([.. channels.Select(c => c / 64)]),
            ["block_out_channels"] = Numbers(channels),
            ["center_input_sample"] = false,
            ["cross_attention_dim"] = context,
            ["down_block_types"] = Names(depths.Select(d => d > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D")),
            ["downsample_padding"] = 1,
            ["flip_sin_to_cos"] = true,
            ["freq_shift"] = 0,
            ["in_channels"] = Size(tensors, "conv_in.weight", 1),
            ["layers_per_block"] = layers,
            ["mid_block_scale_factor"] = 1,
            ["norm_eps"] = 1e-5,
            ["norm_num_groups"] = 32,
            ["out_channels"] = Size(tensors, "conv_out.weight", 0),
            ["sample_size"] = family is ModelFamily.StableDiffusionXl or ModelFamily.StableDiffusionXlRefiner ? 128 : predictsVelocity ? 96 : 64,
            ["transformer_layers_per_block"] = transformers.Distinct().Count() == 1 ? transformers[0]
                : Numbers([.. transformers.Select(t => (long)t)]),
            ["up_block_types"] = Names(Enumerable.Range(0, levels)
                .Select(i => Depth(tensors, $"up_blocks.{i}.attentions.0.") > 0 ? "CrossAttnUpBlock2D" : "UpBlock2D")),
            ["upcast_attention"] = family == ModelFamily.StableDiffusion2,
            ["use_linear_projection"] = tensors.Tensors.TryGetValue($"{first}.proj_in.weight", out var projection) && projection.Shape.Count == 2,
        };
        if (tensors.Tensors.TryGetValue("add_embedding.linear_1.weight", out var sizes))
        {
            json["addition_embed_type"] = "text_time";
            json["addition_time_embed_dim"] = 256;
            json["projection_class_embeddings_input_dim"] = sizes.Shape[1];
        }
        if (tensors.Tensors.TryGetValue("class_embedding.weight", out var classes)) json["num_class_embeds"] = classes.Shape[0];
        return json;
    }

    private static JsonObject Autoencoder(ModelFamily family, ITensorSource tensors)
    {
        int levels = 1 + UnetKeys.Numbers(tensors.Tensors.Keys, "encoder.down_blocks.", "").DefaultIfEmpty(-1).Max();
        long[] channels = [.. Enumerable.Range(0, levels).Select(i => Size(tensors, $"encoder.down_blocks.{i}.resnets.0.conv1.weight", 0))];
        bool large = family is ModelFamily.StableDiffusionXl or ModelFamily.StableDiffusionXlRefiner;
        return new JsonObject
        {
            ["_class_name"] = "AutoencoderKL",
            ["act_fn"] = "silu",
            ["block_out_channels"] = Numbers(channels),
            ["down_block_types"] = Names(channels.Select(_ => "DownEncoderBlock2D")),
            ["in_channels"] = Size(tensors, "encoder.conv_in.weight", 1),
            ["latent_channels"] = Size(tensors, "decoder.conv_in.weight", 1),
            ["layers_per_block"] = 1 + UnetKeys.Numbers(tensors.Tensors.Keys, "encoder.down_blocks.0.resnets.", "").DefaultIfEmpty(0).Max(),
            ["norm_num_groups"] = 32,
            ["out_channels"] = Size(tensors, "decoder.conv_out.weight", 0),
            ["sample_size"] = large ? 1024 : 512,
            ["scaling_factor"] = large ? 0.13025 : 0.18215,
            ["up_block_types"] = Names(channels.Select(_ => "UpDecoderBlock2D")),
        };
    }

    private static JsonObject TextEncoder(NetworkKind kind, ITensorSource tensors)
    {
        long width = Size(tensors, "text_model.embeddings.token_embedding.weight", 1);
        string component = kind == NetworkKind.ProjectedOpenClip ? "text_encoder_2" : "text_encoder";
        if (!TextHeads.TryGetValue(width, out int heads)) throw Unknown(component, $"a width of {width}");
        bool projects = kind == NetworkKind.ProjectedOpenClip;
        return new JsonObject
        {
            ["architectures"] = Names([projects ? "CLIPTextModelWithProjection" : "CLIPTextModel"]),
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = 49406,
            ["eos_token_id"] = 49407,
            ["hidden_act"] = kind == NetworkKind.Clip ? "quick_gelu" : "gelu",
            ["hidden_size"] = width,
            ["intermediate_size"] = Size(tensors, "text_model.encoder.layers.0.mlp.fc1.weight", 0),
            ["layer_norm_eps"] = 1e-5,
            ["max_position_embeddings"] = Size(tensors, "text_model.embeddings.position_embedding.weight", 0),
            ["model_type"] = "clip_text_model",
            ["num_attention_heads"] = heads,
            ["num_hidden_layers"] = 1 + UnetKeys.Numbers(tensors.Tensors.Keys, "text_model.encoder.layers.", "").DefaultIfEmpty(-1).Max(),
            ["pad_token_id"] = kind == NetworkKind.Clip ? 49407 : 0,
            ["projection_dim"] = projects ? Size(tensors, "text_projection.weight", 0) : width,
            ["vocab_size"] = Size(tensors, "text_model.embeddings.token_embedding.weight", 0),
        };
    }

    private static int Depth(ITensorSource tensors, string attention) =>
        1 + UnetKeys.Numbers(tensors.Tensors.Keys, $"{attention}transformer_blocks.", "").DefaultIfEmpty(-1).Max();

    private static long Size(ITensorSource tensors, string key, int dimension) =>
        tensors.Tensors.TryGetValue(key, out var info) && info.Shape.Count > dimension ? info.Shape[dimension]
        : throw new DarkroomException(ErrorKind.ModelMismatch, "It is missing, so that the sizes of the network are unknown.", key);

    private static JsonArray Numbers(IEnumerable<long> numbers) => [.. numbers.Select(n => (JsonNode)n)];

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(n => (JsonNode)n)];

    private static DarkroomException Unknown(string component, string sizes) => new(ErrorKind.ModelMismatch,
        $"With {sizes} it is of no known family, and the number of its attention heads can't be seen from its tensors.", component,
        "Name a folder with its config.json files (--config DIR, laid out as in diffusers).");
}
