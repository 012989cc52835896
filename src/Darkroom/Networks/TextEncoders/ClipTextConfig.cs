using System.Text.Json;

namespace Darkroom.Networks.TextEncoders;

/// <summary>The shape of a CLIP text encoder, by the names of the upstream <c>config.json</c>.</summary>
/// <remarks>The defaults are OpenAI's ViT-L/14, the text encoder of Stable Diffusion 1.</remarks>
public sealed record ClipTextConfig
{
    /// <summary>Number of token embeddings.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>Width of a token.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Width between the two layers of the feed-forward part.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Number of transformer layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Heads of each attention.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Longest text, in tokens with start and end.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary><c>quick_gelu</c> (OpenAI) or <c>gelu</c> (OpenCLIP).</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Epsilon of the layer norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The id whose first place is pooled; 2, a historical mistake of the files, means the place of the largest id.</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Width of the projected pooled vector, or null where the encoder has no projection (CLIPTextModel).</summary>
    public int? ProjectionDim { get; init; }

    /// <summary>Reads an upstream configuration; foreign keys are ignored.</summary>
    /// <exception cref="DarkroomException">Values that are not supported, all by name (<see cref="ErrorKind.BadFile"/>).</exception>
    public static ClipTextConfig FromJson(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("text_config", out var nested) && nested.ValueKind == JsonValueKind.Object)
            return FromJson(nested);
        var reader = new ConfigReader(json, "CLIP text");
        reader.Only("attention_dropout", 0);
        bool projects = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("architectures", out var classes)
            && classes.ValueKind == JsonValueKind.Array
            && classes.EnumerateArray().Any(name => name.ValueKind == JsonValueKind.String && name.GetString() == "CLIPTextModelWithProjection");
        var config = new ClipTextConfig
        {
            VocabSize = reader.Integer("vocab_size", 49408),
            HiddenSize = reader.Integer("hidden_size", 512),
            IntermediateSize = reader.Integer("intermediate_size", 2048),
            NumHiddenLayers = reader.Integer("num_hidden_layers", 12),
            NumAttentionHeads = reader.Integer("num_attention_heads", 8),
            MaxPositionEmbeddings = reader.Integer("max_position_embeddings", 77),
            HiddenAct = reader.Word("hidden_act", "quick_gelu", "gelu"),
            LayerNormEps = reader.Number("layer_norm_eps", 1e-5),
            EosTokenId = reader.Integer("eos_token_id", 49407, least: 0),
            ProjectionDim = projects ? reader.Integer("projection_dim", 512) : null,
        };
        if (config.HiddenSize % config.NumAttentionHeads != 0)
            reader.Refuse("num_attention_heads", $"A width of {config.HiddenSize} doesn't divide into {config.NumAttentionHeads} heads.");
        reader.ThrowIfRefused();
        return config;
    }
}
