using System.Text.Json;
using Darkroom.Networks.Unet;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>The arguments of openai/improved-diffusion's and openai/guided-diffusion's UNetModel, SuperResModel and EncoderUNetModel, by their names.</summary>
/// <remarks>Dhariwal and Nichol 2021, arXiv:2105.05233; Nichol and Dhariwal 2021, arXiv:2102.09672. Foreign arguments are passed over.</remarks>
public sealed record OpenAiUnetConfig
{
    /// <summary>in_channels as the class is given it: for a super-resolution model without the small picture.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>model_channels.</summary>
    public required int ModelChannels { get; init; }

    /// <summary>out_channels: 6 where the variance is learned; of a classifier the number of classes.</summary>
    public required int OutChannels { get; init; }

    /// <summary>num_res_blocks of each level.</summary>
    public required int ResidualBlocks { get; init; }

    /// <summary>attention_resolutions of the class: factors of downsampling, not sizes.</summary>
    public required IReadOnlyList<int> AttentionFactors { get; init; }

    /// <summary>channel_mult.</summary>
    public IReadOnlyList<double> ChannelMultipliers { get; init; } = [1, 2, 4, 8];

    /// <summary>image_size; needed by a classifier with attention pooling, otherwise not used in computing.</summary>
    public int? ImageSize { get; init; }

    /// <summary>dropout.</summary>
    public double Dropout { get; init; }

    /// <summary>conv_resample: halving and doubling with a convolution.</summary>
    public bool ConvolutionalResampling { get; init; } = true;

    /// <summary>num_classes; null for none.</summary>
    public int? Classes { get; init; }

    /// <summary>num_heads.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>num_head_channels; not null overrides the number of heads.</summary>
    public int? HeadChannels { get; init; }

    /// <summary>num_heads_upsample; null follows <see cref="Heads"/>.</summary>
    public int? UpHeads { get; init; }

    /// <summary>use_scale_shift_norm.</summary>
    public bool ScaleShift { get; init; }

    /// <summary>resblock_updown.</summary>
    public bool ResidualResampling { get; init; }

    /// <summary>use_new_attention_order: qkv is [q,k,v][head][channel] instead of [head][q,k,v][channel]; keys and shapes are the same.</summary>
    public bool NewAttentionOrder { get; init; }

    /// <summary>Whether it is a SuperResModel, which takes an enlarged small picture beside x.</summary>
    public bool SuperResolution { get; init; }

    /// <summary>pool, of a classifier (EncoderUNetModel): adaptive, attention, spatial or spatial_v2; null for a UNet.</summary>
    public string? Pool { get; init; }

    /// <summary>Channels of each level.</summary>
    internal IReadOnlyList<int> LevelChannels => [.. ChannelMultipliers.Select(m => (int)(m * ModelChannels))];

    /// <summary>Whether a level has attention.</summary>
    internal bool Attends(int level) => AttentionFactors.Contains(1 << level);

    /// <summary>Heads of an attention layer of so many channels.</summary>
    internal int HeadsOf(int channels, bool up) => HeadChannels is { } width ? channels / width : up ? UpHeads ?? Heads : Heads;

    /// <summary>Reads the arguments of a class, as JSON.</summary>
    /// <exception cref="DarkroomException">BadFile: every argument that is missing or not supported.</exception>
    public static OpenAiUnetConfig FromJson(JsonElement json, bool superResolution = false) => OpenAiConfigReader.Read(json, superResolution);

    /// <summary>Reads the flags of the repositories' scripts, as their READMEs give them: "--image_size 64 --num_channels 192 ...".</summary>
    /// <param name="flags">With the defaults of the script for what isn't given.</param>
    /// <param name="script">Whose defaults, and what the flags mean.</param>
    /// <exception cref="DarkroomException">InvalidRequest: every flag that can't be read.</exception>
    public static OpenAiUnetConfig FromFlags(string flags, OpenAiScript script) => OpenAiFlags.Read(flags, script);

    /// <summary>The shape of our network.</summary>
    internal UnetConfig ToUnet()
    {
        var channels = LevelChannels;
        UnetBlockKind Kind(int level) => Attends(level) ? UnetBlockKind.SelfAttention : ResidualResampling ? UnetBlockKind.ResidualResampling : UnetBlockKind.Plain;
        var levels = Enumerable.Range(0, channels.Count).ToArray();
        return new UnetConfig
        {
            InChannels = SuperResolution ? 2 * InChannels : InChannels,
            OutChannels = OutChannels,
            SampleSize = ImageSize,
            BlockOutChannels = channels,
            DownBlockTypes = [.. levels.Select(Kind)],
            UpBlockTypes = [.. levels.Reverse().Select(Kind)],
            MidBlockType = UnetBlockKind.SelfAttention,
            LayersPerBlock = [.. levels.Select(_ => ResidualBlocks)],
            TransformerLayersPerBlock = [.. levels.Select(_ => 1)],
            NumAttentionHeads = [.. levels.Select(_ => 8)],
            SelfAttentionHeadWidth = HeadChannels,
            SelfAttentionHeads = HeadChannels is null ? Heads : null,
            UpSelfAttentionHeads = HeadChannels is null ? UpHeads : null,
            AttnNormNumGroups = 32,
            ResidualResampling = ResidualResampling,
            PooledResampling = !ConvolutionalResampling && !ResidualResampling,
            ScaleShift = ScaleShift,
            TimeEmbeddingDim = 4 * ModelChannels,
            NumClassEmbeds = Classes,
            Dropout = Dropout,
        };
    }
}
