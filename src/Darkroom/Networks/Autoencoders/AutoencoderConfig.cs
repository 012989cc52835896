using System.Text.Json;

namespace Darkroom.Networks.Autoencoders;

/// <summary>The shape of a KL autoencoder, by the names of the upstream <c>config.json</c> (AutoencoderKL).</summary>
/// <remarks>The defaults are Stable Diffusion's (factor 8, 4 latent channels).</remarks>
public sealed record AutoencoderConfig
{
    /// <summary>Channels of the picture that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the picture that is decoded.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels of each level, from the finest; each level but the last halves the size.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks of each level of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Self-attention in the middle.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>A 1x1 convolution after the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>A 1x1 convolution before the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>latents = (z - shift) scale.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>latents = (z - shift) scale.</summary>
    public double ShiftFactor { get; init; }

    /// <summary>Height and width that it was trained on, in pixels; the size of a tile in tiled decoding.</summary>
    public int SampleSize { get; init; } = 512;

    /// <summary>The weights overflow in float16, so that the decoder is to be run in float32 or bfloat16 instead.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Pixels per latent, in each direction.</summary>
    public int Factor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Reads an upstream configuration; foreign keys are ignored.</summary>
    /// <exception cref="DarkroomException">Values that are not supported, all by name (<see cref="ErrorKind.BadFile"/>).</exception>
    public static AutoencoderConfig FromJson(JsonElement json)
    {
        var reader = new ConfigReader(json, "autoencoder");
        reader.Word("_class_name", "AutoencoderKL");
        reader.Only("act_fn", "silu", "swish");
        reader.Only("latents_mean", [null]);
        reader.Only("latents_std", [null]);
        var channels = reader.Integers("block_out_channels", [64]);
        string[] none = [];
        var down = reader.Words("down_block_types", none, "DownEncoderBlock2D");
        var up = reader.Words("up_block_types", none, "UpDecoderBlock2D");
        if (down.Count > 0 && down.Count != channels.Count) reader.Refuse("down_block_types", $"It lists {down.Count} blocks for {channels.Count} levels.");
        if (up.Count > 0 && up.Count != channels.Count) reader.Refuse("up_block_types", $"It lists {up.Count} blocks for {channels.Count} levels.");
        var config = new AutoencoderConfig
        {
            InChannels = reader.Integer("in_channels", 3),
            OutChannels = reader.Integer("out_channels", 3),
            LatentChannels = reader.Integer("latent_channels", 4),
            BlockOutChannels = channels,
            LayersPerBlock = reader.Integer("layers_per_block", 1),
            NormNumGroups = reader.Integer("norm_num_groups", 32),
            MidBlockAddAttention = reader.Flag("mid_block_add_attention", true),
            UseQuantConv = reader.Flag("use_quant_conv", true),
            UsePostQuantConv = reader.Flag("use_post_quant_conv", true),
            ScalingFactor = reader.Number("scaling_factor", 0.18215),
            ShiftFactor = reader.Number("shift_factor", 0),
            SampleSize = reader.Integer("sample_size", 32),
            ForceUpcast = reader.Flag("force_upcast", true),
        };
        foreach (int width in channels.Distinct().Where(width => width % config.NormNumGroups != 0))
            reader.Refuse("norm_num_groups", $"{width} channels don't divide into {config.NormNumGroups} groups.");
        if (config.ScalingFactor == 0) reader.Refuse("scaling_factor", "It can't be 0.");
        reader.ThrowIfRefused();
        return config;
    }
}
