namespace Darkroom.Checkpoints.Layouts;

/// <summary>
/// Text encoders: OpenAI's CLIP is stored in both layouts as transformers names it; OpenCLIP's has its own names and one matrix for
/// query, key and value.
/// </summary>
internal static class TextEncoderKeys
{
    public const string PositionIds = "text_model.embeddings.position_ids";

    private static readonly (string Original, string Diffusers)[] Layer =
    [
        ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"), ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2"), ("attn.out_proj", "self_attn.out_proj"),
    ];

    /// <summary>OpenAI's CLIP; the oldest files leave out <c>text_model</c>.</summary>
    public static KeyMap Clip { get; } = new(
        [new("text_model", "text_model")],
        [PositionIds, "embeddings.position_ids"],
        [new("embeddings", "text_model.embeddings"), new("encoder", "text_model.encoder"), new("final_layer_norm", "text_model.final_layer_norm")]);

    /// <summary>OpenCLIP.</summary>
    /// <param name="layers">Layers that the network has; SD2's files have one more, which is not used.</param>
    /// <param name="projects">Whether the network projects the pooled vector (SDXL's second encoder); otherwise the file's projection
    /// is not used.</param>
    public static KeyMap OpenClip(int layers, bool projects)
    {
        var rules = new List<KeyRule>
        {
            new("token_embedding", "text_model.embeddings.token_embedding"),
            new("positional_embedding", "text_model.embeddings.position_embedding.weight"),
            new("ln_final", "text_model.final_layer_norm"),
        };
        if (projects) rules.Add(new("text_projection", "text_projection.weight", KeyForm.Transposed));
        for (int i = 0; i < layers; i++)
        {
            string original = $"transformer.resblocks.{i}", diffusers = $"text_model.encoder.layers.{i}";
            rules.AddRange(Layer.Select(leaf => new KeyRule($"{original}.{leaf.Original}", $"{diffusers}.{leaf.Diffusers}")));
            foreach (string kind in (string[])["weight", "bias"])
                foreach (var (part, name) in ((string[])["q", "k", "v"]).Index())
                    rules.Add(new($"{original}.attn.in_proj_{kind}", $"{diffusers}.self_attn.{name}_proj.{kind}", KeyForm.Third, part));
        }
        string[] ignored = ["logit_scale", "attn_mask", PositionIds, .. projects ? [] : (string[])["text_projection"]];
        return new KeyMap(rules, [.. ignored, .. UnusedLayer(layers)]);
    }

    private static IEnumerable<string> UnusedLayer(int index) =>
        Layer.SelectMany(leaf => (string[])[$"{leaf.Original}.weight", $"{leaf.Original}.bias"]).Concat(["attn.in_proj_weight", "attn.in_proj_bias"])
            .Select(leaf => $"transformer.resblocks.{index}.{leaf}");
}
