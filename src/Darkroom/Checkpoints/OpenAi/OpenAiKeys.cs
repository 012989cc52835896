using Darkroom.Checkpoints.Layouts;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>The keys of OpenAI's UNetModel and EncoderUNetModel (blocks numbered through) in ours (blocks by level).</summary>
internal static class OpenAiKeys
{
    private static readonly (string Original, string Ours)[] ResidualBlock =
    [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
        ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
    ];

    /// <summary>The map for a network of these arguments.</summary>
    public static KeyMap Map(OpenAiUnetConfig config)
    {
        List<KeyRule> rules =
        [
            new("time_embed.0", "time_embedding.linear_1"), new("time_embed.2", "time_embedding.linear_2"),
            new("label_emb", "class_embedding"), new("input_blocks.0.0", "conv_in"),
        ];
        var channels = config.LevelChannels;
        AddDown(rules, config, channels);
        AddResidualBlock(rules, "middle_block.0", "mid_block.resnets.0");
        AddAttention(rules, config, "middle_block.1", "mid_block.attentions.0", channels[^1], up: false);
        AddResidualBlock(rules, "middle_block.2", "mid_block.resnets.1");
        if (config.Pool is null)
        {
            AddUp(rules, config, channels);
            rules.AddRange([new("out.0", "conv_norm_out"), new("out.2", "conv_out")]);
        }
        else
        {
            rules.AddRange(Head(config.Pool));
        }
        return new KeyMap(rules, []);
    }

    private static void AddDown(List<KeyRule> rules, OpenAiUnetConfig config, IReadOnlyList<int> channels)
    {
        int block = 1;
        for (int level = 0; level < channels.Count; level++)
        {
            for (int layer = 0; layer < config.ResidualBlocks; layer++, block++)
            {
                AddResidualBlock(rules, $"input_blocks.{block}.0", $"down_blocks.{level}.resnets.{layer}");
                if (config.Attends(level))
                    AddAttention(rules, config, $"input_blocks.{block}.1", $"down_blocks.{level}.attentions.{layer}", channels[level], up: false);
            }
            if (level == channels.Count - 1) continue;
            string original = $"input_blocks.{block++}.0", ours = $"down_blocks.{level}.downsamplers.0";
            if (config.ResidualResampling) AddResidualBlock(rules, original, ours);
            else if (config.ConvolutionalResampling) rules.Add(new($"{original}.op", $"{ours}.conv"));
        }
    }

    private static void AddUp(List<KeyRule> rules, OpenAiUnetConfig config, IReadOnlyList<int> channels)
    {
        int block = 0;
        for (int i = 0; i < channels.Count; i++)
        {
            int level = channels.Count - 1 - i;
            for (int layer = 0; layer <= config.ResidualBlocks; layer++, block++)
            {
                AddResidualBlock(rules, $"output_blocks.{block}.0", $"up_blocks.{i}.resnets.{layer}");
                if (config.Attends(level))
                    AddAttention(rules, config, $"output_blocks.{block}.1", $"up_blocks.{i}.attentions.{layer}", channels[level], up: true);
            }
            if (level == 0) continue;
            string original = $"output_blocks.{block - 1}.{(config.Attends(level) ? 2 : 1)}", ours = $"up_blocks.{i}.upsamplers.0";
            if (config.ResidualResampling) AddResidualBlock(rules, original, ours);
            else if (config.ConvolutionalResampling) rules.Add(new($"{original}.conv", $"{ours}.conv"));
        }
    }

    private static void AddResidualBlock(List<KeyRule> rules, string original, string ours) =>
        rules.AddRange(ResidualBlock.Select(leaf => new KeyRule($"{original}.{leaf.Original}", $"{ours}.{leaf.Ours}")));

    private static void AddAttention(List<KeyRule> rules, OpenAiUnetConfig config, string original, string ours, int channels, bool up)
    {
        rules.Add(new($"{original}.norm", $"{ours}.group_norm"));
        int heads = config.NewAttentionOrder ? 1 : config.HeadsOf(channels, up);
        string[] parts = ["to_q", "to_k", "to_v"];
        foreach (string leaf in new[] { "weight", "bias" })
        {
            for (int part = 0; part < parts.Length; part++)
                rules.Add(new($"{original}.qkv.{leaf}", $"{ours}.{parts[part]}.{leaf}", KeyForm.HeadPart, part) { Heads = heads });
        }
        rules.Add(new($"{original}.proj_out", $"{ours}.to_out.0", KeyForm.Sequence));
    }

    private static IEnumerable<KeyRule> Head(string pool) => pool switch
    {
        "adaptive" => [new("out.0", "conv_norm_out"), new("out.3", "pool.proj", KeyForm.Pointwise)],
        "attention" =>
        [
            new("out.0", "conv_norm_out"), new("out.2.positional_embedding", "pool.positional_embedding"),
            new("out.2.qkv_proj", "pool.qkv_proj", KeyForm.Sequence), new("out.2.c_proj", "pool.c_proj", KeyForm.Sequence),
        ],
        "spatial" => [new("out.0", "pool.linear_1"), new("out.2", "pool.linear_2")],
        _ => [new("out.0", "pool.linear_1"), new("out.1", "pool.norm"), new("out.3", "pool.linear_2")],
    };
}
