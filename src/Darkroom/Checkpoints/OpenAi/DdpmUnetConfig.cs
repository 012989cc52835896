using System.Text.Json;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Networks.Unet;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>The arguments of the DDPM network in the layout of ermongroup/ddim (models/diffusion.py), the PyTorch port of the original one, by their names.</summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, appendix B. The same network in diffusers' layout (google/ddpm-*) opens as a folder.</remarks>
public sealed record DdpmUnetConfig
{
    /// <summary>in_channels.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>ch.</summary>
    public required int Channels { get; init; }

    /// <summary>out_ch.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>ch_mult.</summary>
    public required IReadOnlyList<int> ChannelMultipliers { get; init; }

    /// <summary>num_res_blocks.</summary>
    public required int ResidualBlocks { get; init; }

    /// <summary>attn_resolutions: sizes of pictures.</summary>
    public required IReadOnlyList<int> AttentionSizes { get; init; }

    /// <summary>image_size.</summary>
    public required int ImageSize { get; init; }

    /// <summary>resamp_with_conv.</summary>
    public bool ConvolutionalResampling { get; init; } = true;

    /// <summary>dropout.</summary>
    public double Dropout { get; init; }

    /// <summary>Reads the "model" part of a configuration, as JSON, with image_size beside it or in it.</summary>
    /// <exception cref="DarkroomException">BadFile: every argument that is missing or not supported.</exception>
    public static DdpmUnetConfig FromJson(JsonElement json)
    {
        var reader = new Networks.ConfigReader(json, "DDPM UNet");
        foreach (string name in new[] { "ch", "ch_mult", "num_res_blocks", "image_size" })
            if (!reader.Has(name)) reader.Refuse(name, "It is missing.");
        bool noAttention = json.TryGetProperty("attn_resolutions", out var sizes) && sizes.ValueKind == JsonValueKind.Array && sizes.GetArrayLength() == 0;
        var config = new DdpmUnetConfig
        {
            InChannels = reader.Integer("in_channels", 3),
            Channels = reader.Integer("ch", 32),
            OutChannels = reader.Integer("out_ch", 3),
            ChannelMultipliers = reader.Integers("ch_mult", [1]),
            ResidualBlocks = reader.Integer("num_res_blocks", 1),
            AttentionSizes = noAttention ? [] : reader.Integers("attn_resolutions", []),
            ImageSize = reader.Integer("image_size", 32),
            ConvolutionalResampling = reader.Flag("resamp_with_conv", true),
            Dropout = reader.Number("dropout", 0),
        };
        if (config.Channels % 32 != 0) reader.Refuse("ch", $"{config.Channels} channels don't divide into the 32 groups of the norms.");
        reader.ThrowIfRefused();
        return config;
    }

    /// <summary>Whether a level has attention.</summary>
    internal bool Attends(int level) => AttentionSizes.Contains(ImageSize >> level);

    /// <summary>The shape of our network: one head, padding below and at the right, sines first.</summary>
    internal UnetConfig ToUnet()
    {
        int[] levels = [.. Enumerable.Range(0, ChannelMultipliers.Count)];
        UnetBlockKind Kind(int level) => Attends(level) ? UnetBlockKind.SelfAttention : UnetBlockKind.Plain;
        return new UnetConfig
        {
            InChannels = InChannels,
            OutChannels = OutChannels,
            SampleSize = ImageSize,
            BlockOutChannels = [.. ChannelMultipliers.Select(m => m * Channels)],
            DownBlockTypes = [.. levels.Select(Kind)],
            UpBlockTypes = [.. levels.Reverse().Select(Kind)],
            MidBlockType = UnetBlockKind.SelfAttention,
            LayersPerBlock = [.. levels.Select(_ => ResidualBlocks)],
            TransformerLayersPerBlock = [.. levels.Select(_ => 1)],
            NumAttentionHeads = [.. levels.Select(_ => 8)],
            SelfAttentionHeadWidth = null,
            NormEps = 1e-6,
            DownsamplePadding = 0,
            PooledResampling = !ConvolutionalResampling,
            FlipSinToCos = false,
            FreqShift = 1,
            TimeEmbeddingDim = 4 * Channels,
            Dropout = Dropout,
        };
    }

    /// <summary>The keys in both layouts.</summary>
    internal KeyMap Keys()
    {
        List<KeyRule> rules =
        [
            new("temb.dense.0", "time_embedding.linear_1"), new("temb.dense.1", "time_embedding.linear_2"), new("conv_in", "conv_in"),
            new("norm_out", "conv_norm_out"), new("conv_out", "conv_out"),
        ];
        for (int level = 0; level < ChannelMultipliers.Count; level++)
        {
            string down = $"down_blocks.{level}", up = $"up_blocks.{ChannelMultipliers.Count - 1 - level}";
            for (int layer = 0; layer <= ResidualBlocks; layer++)
            {
                if (layer < ResidualBlocks) AddResidualBlock(rules, $"down.{level}.block.{layer}", $"{down}.resnets.{layer}");
                if (layer < ResidualBlocks) AddAttention(rules, $"down.{level}.attn.{layer}", $"{down}.attentions.{layer}");
                AddResidualBlock(rules, $"up.{level}.block.{layer}", $"{up}.resnets.{layer}");
                AddAttention(rules, $"up.{level}.attn.{layer}", $"{up}.attentions.{layer}");
            }
            rules.Add(new($"down.{level}.downsample.conv", $"{down}.downsamplers.0.conv"));
            rules.Add(new($"up.{level}.upsample.conv", $"{up}.upsamplers.0.conv"));
        }
        AddResidualBlock(rules, "mid.block_1", "mid_block.resnets.0");
        AddAttention(rules, "mid.attn_1", "mid_block.attentions.0");
        AddResidualBlock(rules, "mid.block_2", "mid_block.resnets.1");
        return new KeyMap(rules, []);
    }

    private static void AddResidualBlock(List<KeyRule> rules, string original, string ours)
    {
        foreach (string leaf in new[] { "norm1", "conv1", "norm2", "conv2" }) rules.Add(new($"{original}.{leaf}", $"{ours}.{leaf}"));
        rules.Add(new($"{original}.temb_proj", $"{ours}.time_emb_proj"));
        rules.Add(new($"{original}.nin_shortcut", $"{ours}.conv_shortcut"));
    }

    private static void AddAttention(List<KeyRule> rules, string original, string ours)
    {
        rules.Add(new($"{original}.norm", $"{ours}.group_norm"));
        foreach (string leaf in new[] { "q", "k", "v" }) rules.Add(new($"{original}.{leaf}", $"{ours}.to_{leaf}", KeyForm.Pointwise));
        rules.Add(new($"{original}.proj_out", $"{ours}.to_out.0", KeyForm.Pointwise));
    }
}
