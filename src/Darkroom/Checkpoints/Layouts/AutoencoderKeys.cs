namespace Darkroom.Checkpoints.Layouts;

/// <summary>
/// The KL autoencoder: levels of the decoder are numbered from the finest in the original layout, from the coarsest in the diffusers
/// layout.
/// </summary>
internal static class AutoencoderKeys
{
    private static readonly (string Original, string Diffusers, KeyForm Form)[] Attention =
    [
        ("norm", "group_norm", KeyForm.Same), ("q", "to_q", KeyForm.Pointwise), ("k", "to_k", KeyForm.Pointwise),
        ("v", "to_v", KeyForm.Pointwise), ("proj_out", "to_out.0", KeyForm.Pointwise),
    ];

    /// <summary>The names that diffusers wrote until version 0.17, and those of today.</summary>
    private static readonly (string Old, string Now)[] FormerAttention = [("query", "to_q"), ("key", "to_k"), ("value", "to_v"),
        ("proj_attn", "to_out.0")];

    /// <summary>The map for as many levels and layers as the keys of either layout show.</summary>
    public static KeyMap Map(IReadOnlyCollection<string> keys)
    {
        int levels = 1 + UnetKeys.Numbers(keys, "decoder.up.", "").Concat(UnetKeys.Numbers(keys, "decoder.up_blocks.", "")).DefaultIfEmpty(-1).Max();
        int layers = 1 + UnetKeys.Numbers(keys, "decoder.up.0.block.", "")
            .Concat(UnetKeys.Numbers(keys, "decoder.up_blocks.0.resnets.", "")).DefaultIfEmpty(-1).Max();
        var rules = new List<KeyRule>();
        foreach (string half in (string[])["encoder", "decoder"])
        {
            rules.Add(new($"{half}.conv_in", $"{half}.conv_in"));
            rules.Add(new($"{half}.norm_out", $"{half}.conv_norm_out"));
            rules.Add(new($"{half}.conv_out", $"{half}.conv_out"));
            AddResidualBlock(rules, $"{half}.mid.block_1", $"{half}.mid_block.resnets.0");
            AddResidualBlock(rules, $"{half}.mid.block_2", $"{half}.mid_block.resnets.1");
            rules.AddRange(Attention.Select(a =>
                new KeyRule($"{half}.mid.attn_1.{a.Original}", $"{half}.mid_block.attentions.0.{a.Diffusers}", a.Form)));
        }
        for (int i = 0; i < levels; i++)
        {
            for (int j = 0; j < layers; j++)
            {
                AddResidualBlock(rules, $"encoder.down.{i}.block.{j}", $"encoder.down_blocks.{i}.resnets.{j}");
                AddResidualBlock(rules, $"decoder.up.{levels - 1 - i}.block.{j}", $"decoder.up_blocks.{i}.resnets.{j}");
            }
            rules.Add(new($"encoder.down.{i}.downsample", $"encoder.down_blocks.{i}.downsamplers.0"));
            rules.Add(new($"decoder.up.{levels - 1 - i}.upsample", $"decoder.up_blocks.{i}.upsamplers.0"));
        }
        rules.Add(new("quant_conv", "quant_conv"));
        rules.Add(new("post_quant_conv", "post_quant_conv"));
        return new KeyMap(rules, ["model_ema.decay", "model_ema.num_updates"]);
    }

    /// <summary>The tensors of a diffusers file under today's names and shapes of the attention.</summary>
    public static IEnumerable<DerivedTensor> Renewed(ITensorSource stored)
    {
        foreach (var info in stored.Tensors.Values)
        {
            string name = info.Name;
            foreach (var (old, now) in FormerAttention) name = name.Replace($".attentions.0.{old}.", $".attentions.0.{now}.",
                StringComparison.Ordinal);
            bool matrix = name.Contains(".attentions.0.to_", StringComparison.Ordinal) && info.Shape is [_, _, 1, 1];
            yield return new DerivedTensor(info with { Name = name, Shape = matrix ? [info.Shape[0], info.Shape[1]] : info.Shape },
                Derivation.Reshape, [info.Name]);
        }
    }

    private static void AddResidualBlock(List<KeyRule> rules, string original, string diffusers)
    {
        foreach (string leaf in (string[])["norm1", "conv1", "norm2", "conv2"]) rules.Add(new($"{original}.{leaf}", $"{diffusers}.{leaf}"));
        rules.Add(new($"{original}.nin_shortcut", $"{diffusers}.conv_shortcut"));
    }
}
