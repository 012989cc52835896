using System.Text.Json;
using Darkroom.Networks.Unet;

namespace Darkroom.Networks.Classifiers;

/// <summary>How a classifier makes one vector of a picture's features.</summary>
public enum ClassifierPool
{
    /// <summary>The mean over the picture, then a linear layer.</summary>
    Adaptive,

    /// <summary>Attention of the mean to all places, with an embedding for each place.</summary>
    Attention,

    /// <summary>Means of the outputs of all blocks, then two linear layers with relu between them.</summary>
    Spatial,

    /// <summary>As <see cref="Spatial"/>, with a group norm and silu between them.</summary>
    SpatialV2,
}

/// <summary>The shape of an <see cref="EncoderUnet"/>.</summary>
public sealed record EncoderUnetConfig
{
    /// <summary>The blocks, as of a UNet; what concerns the way up is not used.</summary>
    public required UnetConfig Encoder { get; init; }

    /// <summary>How many classes it tells apart.</summary>
    public required int Classes { get; init; }

    /// <summary>The head; default attention.</summary>
    public ClassifierPool Pool { get; init; } = ClassifierPool.Attention;

    /// <summary>Width and height of the pictures.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Width of a head of attention pooling.</summary>
    public int PoolHeadWidth { get; init; } = 64;

    /// <summary>
    /// Reads a configuration: the keys of UNet2DModel, and num_classes, pool (adaptive, attention, spatial, spatial_v2), pool_head_dim; sample_size is needed.
    /// </summary>
    /// <exception cref="DarkroomException">BadFile: values that are missing or not supported, all by name.</exception>
    public static EncoderUnetConfig FromJson(JsonElement json)
    {
        var reader = new ConfigReader(json, "classifier");
        foreach (string name in new[] { "num_classes", "sample_size" })
            if (!reader.Has(name)) reader.Refuse(name, "It is missing.");
        int classes = reader.Integer("num_classes", 2, least: 2), size = reader.Integer("sample_size", 32), head = reader.Integer("pool_head_dim", 64);
        var pool = reader.Word("pool", "attention", "adaptive", "spatial", "spatial_v2") switch
        {
            "adaptive" => ClassifierPool.Adaptive,
            "spatial" => ClassifierPool.Spatial,
            "spatial_v2" => ClassifierPool.SpatialV2,
            _ => ClassifierPool.Attention,
        };
        reader.ThrowIfRefused();
        var encoder = UnetConfig.FromJson(json);
        int last = encoder.BlockOutChannels[^1];
        if (pool == ClassifierPool.Attention && last % head != 0) reader.Refuse("pool_head_dim", $"{last} channels don't divide into heads of width {head}.");
        int halvings = encoder.BlockOutChannels.Count - 1;
        if (size % (1 << halvings) != 0) reader.Refuse("sample_size", $"It is {size}, but the network halves it {halvings} times, so it must be a multiple of {1 << halvings}.");
        if (encoder.TakesContext) reader.Refuse("down_block_types", "A classifier takes no context.");
        reader.ThrowIfRefused();
        return new EncoderUnetConfig { Encoder = encoder, Classes = classes, Pool = pool, ImageSize = size, PoolHeadWidth = head };
    }
}
