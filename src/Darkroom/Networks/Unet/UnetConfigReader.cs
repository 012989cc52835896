using System.Text.Json;

namespace Darkroom.Networks.Unet;

/// <summary>From the upstream <c>config.json</c> of UNet2DConditionModel or UNet2DModel to a <see cref="UnetConfig"/>.</summary>
internal static class UnetConfigReader
{
    private static readonly Dictionary<string, UnetBlockKind> Kinds = new(StringComparer.Ordinal)
    {
        ["DownBlock2D"] = UnetBlockKind.Plain,
        ["UpBlock2D"] = UnetBlockKind.Plain,
        ["UNetMidBlock2D"] = UnetBlockKind.SelfAttention,
        ["CrossAttnDownBlock2D"] = UnetBlockKind.CrossAttention,
        ["CrossAttnUpBlock2D"] = UnetBlockKind.CrossAttention,
        ["UNetMidBlock2DCrossAttn"] = UnetBlockKind.CrossAttention,
        ["AttnDownBlock2D"] = UnetBlockKind.SelfAttention,
        ["AttnUpBlock2D"] = UnetBlockKind.SelfAttention,
        ["ResnetDownsampleBlock2D"] = UnetBlockKind.ResidualResampling,
        ["ResnetUpsampleBlock2D"] = UnetBlockKind.ResidualResampling,
    };

    public static UnetConfig Read(JsonElement json)
    {
        var reader = new ConfigReader(json, "UNet");
        bool conditional = reader.Word("_class_name", "UNet2DConditionModel", "UNet2DModel") == "UNet2DConditionModel";
        var common = Common(reader, conditional);
        var config = conditional ? Conditional(reader, common) : Unconditional(reader, common);
        Check(reader, config);
        reader.ThrowIfRefused();
        return config;
    }

    private static UnetConfig Common(ConfigReader reader, bool conditional)
    {
        var channels = reader.Integers("block_out_channels", conditional ? [320, 640, 1280, 1280] : [224, 448, 672, 896]);
        int levels = channels.Count;
        string attention = conditional ? "CrossAttn" : "Attn";
        reader.Only("act_fn", "silu", "swish");
        reader.Only("time_embedding_type", "positional", null);
        reader.Only("mid_block_scale_factor", 1);
        int? classes = reader.OptionalInteger("num_class_embeds");
        return new UnetConfig
        {
            InChannels = reader.Integer("in_channels", conditional ? 4 : 3),
            OutChannels = reader.Integer("out_channels", conditional ? 4 : 3),
            SampleSize = reader.OptionalInteger("sample_size"),
            BlockOutChannels = channels,
            DownBlockTypes = Blocks(reader, "down_block_types", levels, Enumerable.Repeat($"{attention}DownBlock2D", 3), "DownBlock2D",
                conditional, "Down"),
            UpBlockTypes = Blocks(reader, "up_block_types", levels, Enumerable.Repeat($"{attention}UpBlock2D", 3), "UpBlock2D", conditional, "Up"),
            LayersPerBlock = reader.IntegerPerLevel("layers_per_block", levels, 2),
            NormNumGroups = reader.Integer("norm_num_groups", 32),
            NormEps = reader.Number("norm_eps", 1e-5),
            DownsamplePadding = reader.Integer("downsample_padding", 1, least: 0),
            ScaleShift = reader.Word("resnet_time_scale_shift", "default", "scale_shift") == "scale_shift",
            FlipSinToCos = reader.Flag("flip_sin_to_cos", true),
            FreqShift = reader.Number("freq_shift", 0),
            TimeEmbeddingDim = reader.OptionalInteger("time_embedding_dim"),
            CenterInputSample = reader.Flag("center_input_sample", false),
            Dropout = reader.Number("dropout", 0),
            NumClassEmbeds = classes,
            ClassEmbedType = reader.OptionalWord("class_embed_type", conditional ? ["timestep", "projection"] : ["timestep"]),
        };
    }

    private static UnetConfig Conditional(ConfigReader reader, UnetConfig common)
    {
        int levels = common.BlockOutChannels.Count;
        reader.Only("only_cross_attention", false);
        reader.Only("mid_block_only_cross_attention", null, false);
        reader.Only("dual_cross_attention", false);
        reader.Only("class_embeddings_concat", false);
        reader.Only("encoder_hid_dim", [null]);
        reader.Only("encoder_hid_dim_type", [null]);
        reader.Only("cross_attention_norm", [null]);
        reader.Only("resnet_skip_time_act", false);
        reader.Only("resnet_out_scale_factor", 1);
        reader.Only("time_embedding_act_fn", [null]);
        reader.Only("timestep_post_act", [null]);
        reader.Only("attention_type", "default");
        reader.Only("reverse_transformer_layers_per_block", [null]);
        string? mid = reader.Word("mid_block_type", "UNetMidBlock2DCrossAttn", "UNetMidBlock2D");
        string? addition = reader.OptionalWord("addition_embed_type", "text_time");
        int? sizeWidth = addition is null ? null : reader.OptionalInteger("addition_time_embed_dim");
        if (addition is not null && sizeWidth is null) reader.Refuse("addition_time_embed_dim", "addition_embed_type text_time needs it.");
        var contextWidths = reader.IntegerPerLevel("cross_attention_dim", levels, 1280);
        if (contextWidths.Distinct().Count() > 1) reader.Refuse("cross_attention_dim", "One width for all levels is supported.");
        string heads = reader.Has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
        return common with
        {
            MidBlockType = Kinds[mid],
            TransformerLayersPerBlock = reader.IntegerPerLevel("transformer_layers_per_block", levels, 1),
            NumAttentionHeads = reader.IntegerPerLevel(heads, levels, 8),
            CrossAttentionDim = contextWidths[0],
            UseLinearProjection = reader.Flag("use_linear_projection", false),
            UpcastAttention = reader.Flag("upcast_attention", false),
            TimeCondProjDim = reader.OptionalInteger("time_cond_proj_dim"),
            AdditionTimeEmbedDim = sizeWidth,
            ProjectionClassEmbeddingsInputDim = reader.OptionalInteger("projection_class_embeddings_input_dim"),
            ConvInKernel = reader.Integer("conv_in_kernel", 3),
            ConvOutKernel = reader.Integer("conv_out_kernel", 3),
        };
    }

    private static UnetConfig Unconditional(ConfigReader reader, UnetConfig common)
    {
        reader.Only("mid_block_type", "UNetMidBlock2D");
        // "pool" and the numbers of heads are ours: diffusers has no such networks.
        string down = reader.Word("downsample_type", "conv", "resnet", "pool");
        string up = reader.Word("upsample_type", "conv", "resnet", "pool");
        if (down != up) reader.Refuse("upsample_type", $"It differs from downsample_type ({up}, {down}); supported is the same for both.");
        return common with
        {
            MidBlockType = reader.Flag("add_attention", true) ? UnetBlockKind.SelfAttention : UnetBlockKind.Plain,
            ResidualResampling = down == "resnet",
            PooledResampling = down == "pool",
            SelfAttentionHeads = reader.OptionalInteger("num_attention_heads"),
            UpSelfAttentionHeads = reader.OptionalInteger("num_attention_heads_up"),
            SelfAttentionHeadWidth = reader.Has("attention_head_dim") ? reader.Integer("attention_head_dim", 8) : null,
            AttnNormNumGroups = reader.OptionalInteger("attn_norm_num_groups"),
            TransformerLayersPerBlock = [.. common.BlockOutChannels.Select(_ => 1)],
            NumAttentionHeads = [.. common.BlockOutChannels.Select(_ => 8)],
        };
    }

    private static IReadOnlyList<UnetBlockKind> Blocks(
        ConfigReader reader, string name, int levels, IEnumerable<string> attended, string plain, bool conditional, string way)
    {
        string[] allowed = conditional ? [$"{way}Block2D", $"CrossAttn{way}Block2D"]
            : [$"{way}Block2D", $"Attn{way}Block2D", $"Resnet{way}sampleBlock2D"];
        string[] fallback = way == "Down" ? [.. attended, plain] : [plain, .. attended];
        var names = reader.Words(name, fallback, allowed);
        if (names.Count != levels) reader.Refuse(name, $"It lists {names.Count} blocks for {levels} levels of block_out_channels.");
        return [.. names.Select(one => Kinds[one])];
    }

    private static void Check(ConfigReader reader, UnetConfig config)
    {
        foreach (int channels in config.BlockOutChannels.Distinct())
        {
            if (channels % config.NormNumGroups != 0)
                reader.Refuse("norm_num_groups", $"{channels} channels don't divide into {config.NormNumGroups} groups.");
        }
        for (int level = 0; level < config.BlockOutChannels.Count; level++)
        {
            int channels = config.BlockOutChannels[level];
            bool selfAttends = config.DownBlockTypes[level] == UnetBlockKind.SelfAttention
                || config.UpBlockTypes[^(level + 1)] == UnetBlockKind.SelfAttention
                || (level == config.BlockOutChannels.Count - 1 && config.MidBlockType == UnetBlockKind.SelfAttention);
            if (config.TakesContext && channels % config.NumAttentionHeads[level] != 0)
                reader.Refuse("attention_head_dim", $"{channels} channels don't divide into {config.NumAttentionHeads[level]} heads.");
            if (selfAttends && config.SelfAttentionHeadWidth is int width && channels % width != 0)
                reader.Refuse("attention_head_dim", $"{channels} channels don't divide into heads of width {width}.");
            if (!selfAttends || config.SelfAttentionHeadWidth is not null) continue;
            foreach (int heads in new[] { config.SelfAttentionHeads ?? 1, config.UpSelfAttentionHeads ?? 1 })
                if (channels % heads != 0) reader.Refuse("num_attention_heads", $"{channels} channels don't divide into {heads} heads.");
        }
        if (config.DownsamplePadding > 1) reader.Refuse("downsample_padding", "Supported is 0 or 1.");
        bool needsProjection = config.ClassEmbedType == "projection" || config.AdditionTimeEmbedDim is not null;
        if (needsProjection && config.ProjectionClassEmbeddingsInputDim is null)
            reader.Refuse("projection_class_embeddings_input_dim", "The class or addition embedding needs it.");
    }
}
