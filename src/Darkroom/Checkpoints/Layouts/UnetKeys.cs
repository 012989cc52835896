using System.Globalization;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>The UNet: blocks numbered through in the original layout (CompVis, openaimodel.py), by level in the diffusers layout.</summary>
internal static class UnetKeys
{
    private static readonly (string Original, string Diffusers)[] Ends =
    [
        ("time_embed.0", "time_embedding.linear_1"), ("time_embed.2", "time_embedding.linear_2"), ("input_blocks.0.0", "conv_in"),
        ("out.0", "conv_norm_out"), ("out.2", "conv_out"),
        ("label_emb.0.0", "add_embedding.linear_1"), ("label_emb.0.2", "add_embedding.linear_2"), ("label_emb", "class_embedding"),
    ];

    private static readonly (string Original, string Diffusers)[] ResidualBlock =
    [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"),
        ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
    ];

    /// <summary>The map for the levels and layers that the keys show; <paramref name="keys"/> may be of either layout.</summary>
    public static KeyMap Map(IReadOnlyCollection<string> keys)
    {
        var rules = new List<KeyRule>(Ends.Select(e => new KeyRule(e.Original, e.Diffusers)));
        var (levels, layers, upAttention) = Structure(keys);
        for (int i = 0; i < levels; i++)
        {
            int down = 1 + (i * (layers + 1)), up = i * (layers + 1);
            for (int j = 0; j < layers; j++)
            {
                AddResidualBlock(rules, $"input_blocks.{down + j}.0", $"down_blocks.{i}.resnets.{j}");
                rules.Add(new($"input_blocks.{down + j}.1", $"down_blocks.{i}.attentions.{j}"));
            }
            rules.Add(new($"input_blocks.{down + layers}.0.op", $"down_blocks.{i}.downsamplers.0.conv"));
            for (int j = 0; j <= layers; j++)
            {
                AddResidualBlock(rules, $"output_blocks.{up + j}.0", $"up_blocks.{i}.resnets.{j}");
                if (upAttention.Contains(i)) rules.Add(new($"output_blocks.{up + j}.1", $"up_blocks.{i}.attentions.{j}"));
            }
            rules.Add(new($"output_blocks.{up + layers}.{(upAttention.Contains(i) ? 2 : 1)}.conv", $"up_blocks.{i}.upsamplers.0.conv"));
        }
        AddResidualBlock(rules, "middle_block.0", "mid_block.resnets.0");
        rules.Add(new("middle_block.1", "mid_block.attentions.0"));
        AddResidualBlock(rules, "middle_block.2", "mid_block.resnets.1");
        return new KeyMap(rules, []);
    }

    private static void AddResidualBlock(List<KeyRule> rules, string original, string diffusers) =>
        rules.AddRange(ResidualBlock.Select(leaf => new KeyRule($"{original}.{leaf.Original}", $"{diffusers}.{leaf.Diffusers}")));

    /// <summary>Number of levels, residual blocks of each on the way down, and the levels with attention on the way up.</summary>
    public static (int Levels, int Layers, IReadOnlySet<int> UpAttention) Structure(IReadOnlyCollection<string> keys)
    {
        var upAttention = new HashSet<int>();
        int levels = 1 + Largest(keys, "down_blocks.", "");
        if (levels > 0)
        {
            int layersOfFirst = 1 + Largest(keys, "down_blocks.0.resnets.", "");
            for (int i = 0; i < levels; i++)
                if (Largest(keys, $"up_blocks.{i}.attentions.", "") >= 0) upAttention.Add(i);
            return (levels, layersOfFirst, upAttention);
        }
        // The first block that halves the size follows the layers of the first level.
        int blocks = 1 + Largest(keys, "input_blocks.", "");
        int halving = Numbers(keys, "input_blocks.", ".0.op.weight").DefaultIfEmpty(blocks).Min();
        int layers = Math.Max(1, halving - 1);
        foreach (int n in Numbers(keys, "output_blocks.", ".1.norm.weight")) upAttention.Add(n / (layers + 1));
        return (blocks / (layers + 1), layers, upAttention);
    }

    private static int Largest(IEnumerable<string> keys, string before, string after) => Numbers(keys, before, after).DefaultIfEmpty(-1).Max();

    /// <summary>The numbers between two texts of the keys, up to a sane bound.</summary>
    internal static IEnumerable<int> Numbers(IEnumerable<string> keys, string before, string after)
    {
        foreach (string key in keys)
        {
            if (!key.StartsWith(before, StringComparison.Ordinal) || !key.EndsWith(after, StringComparison.Ordinal)) continue;
            int end = key.IndexOf('.', before.Length);
            if (end > 0 && int.TryParse(key.AsSpan(before.Length, end - before.Length), NumberStyles.None, CultureInfo.InvariantCulture,
                out int number) && number < 1000
                && (after.Length == 0 || end == key.Length - after.Length)) yield return number;
        }
    }
}
