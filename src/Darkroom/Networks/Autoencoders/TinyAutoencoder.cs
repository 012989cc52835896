using System.Text.Json;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>The shape of a tiny autoencoder, by the names of the upstream <c>config.json</c> (AutoencoderTiny).</summary>
public sealed record TinyAutoencoderConfig
{
    /// <summary>Channels of the picture.</summary>
    public int PictureChannels { get; init; } = 3;

    /// <summary>Channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels of each level.</summary>
    public IReadOnlyList<int> EncoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Channels of each level.</summary>
    public IReadOnlyList<int> DecoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Blocks of each level.</summary>
    public IReadOnlyList<int> NumEncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Blocks of each level.</summary>
    public IReadOnlyList<int> NumDecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>Reads an upstream configuration; foreign keys are ignored.</summary>
    /// <exception cref="DarkroomException">Values that are not supported, all by name (<see cref="ErrorKind.BadFile"/>).</exception>
    public static TinyAutoencoderConfig FromJson(JsonElement json)
    {
        var reader = new ConfigReader(json, "tiny autoencoder");
        reader.Word("_class_name", "AutoencoderTiny");
        reader.Only("act_fn", "relu");
        reader.Only("upsample_fn", "nearest");
        reader.Only("upsampling_scaling_factor", 2);
        reader.Only("scaling_factor", 1);
        reader.Only("shift_factor", 0);
        var encoder = reader.Integers("encoder_block_out_channels", [64, 64, 64, 64]);
        var decoder = reader.Integers("decoder_block_out_channels", [64, 64, 64, 64]);
        var config = new TinyAutoencoderConfig
        {
            PictureChannels = reader.Integer("in_channels", 3),
            LatentChannels = reader.Integer("latent_channels", 4),
            EncoderBlockOutChannels = encoder,
            DecoderBlockOutChannels = decoder,
            NumEncoderBlocks = reader.IntegerPerLevel("num_encoder_blocks", encoder.Count, 3),
            NumDecoderBlocks = reader.IntegerPerLevel("num_decoder_blocks", decoder.Count, 3),
        };
        reader.ThrowIfRefused();
        return config;
    }
}

/// <summary>A small autoencoder distilled from Stable Diffusion's: previews and fast decoding. Its latents are those of the denoiser as they are.</summary>
/// <remarks>madebyollin/taesd; keys as in diffusers' AutoencoderTiny. Pictures are [B, 3, H, W] in [-1, 1].</remarks>
public sealed class TinyAutoencoder : Network
{
    [ComponentName(Name = "encoder")] private readonly TinyStack _encoder;
    [ComponentName(Name = "decoder")] private readonly TinyStack _decoder;

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    public TinyAutoencoder(TinyAutoencoderConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(TinyAutoencoder), new LayerOptions(dtype, device ?? CPU))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _encoder = TinyStack.Encoder(config, Options);
        _decoder = TinyStack.Decoder(config, Options);
        Complete();
    }

    /// <summary>The shape that it was built with.</summary>
    public TinyAutoencoderConfig Config { get; }

    /// <summary>Latents of pictures.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, C, H / 8, W / 8] in the dtype of the pictures.</returns>
    public Tensor Encode(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        var input = MemoryLayout.ChannelsLast(((pictures + 1) / 2).to(Dtype));
        return _encoder.call(input).to(pictures.dtype).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Pictures from latents; latents beyond +-3 are squashed smoothly.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <returns>[B, 3, 8 h, 8 w], about [-1, 1], in the dtype of the latents.</returns>
    public Tensor Decode(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = NewDisposeScope();
        var input = MemoryLayout.ChannelsLast(((latents / 3).tanh() * 3).to(Dtype));
        return (_decoder.call(input).to(latents.dtype) * 2 - 1).contiguous().MoveToOuterDisposeScope();
    }
}

/// <summary>A list of convolutions, blocks and upsamplings under the key <c>layers</c>; entries without weights keep their numbers.</summary>
internal sealed class TinyStack : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layers")] private readonly ModuleList<nn.Module<Tensor, Tensor>> _layers;

    private TinyStack(IEnumerable<nn.Module<Tensor, Tensor>> layers) : base(nameof(TinyStack))
    {
        _layers = nn.ModuleList(layers.ToArray());
        RegisterComponents();
    }

    public static TinyStack Encoder(TinyAutoencoderConfig config, LayerOptions options)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        int inputs = config.PictureChannels;
        for (int level = 0; level < config.EncoderBlockOutChannels.Count; level++)
        {
            int width = config.EncoderBlockOutChannels[level];
            bool first = level == 0;
            layers.Add(new Convolution2d(inputs, width, 3, options, stride: first ? 1 : 2, padding: 1, bias: first));
            layers.AddRange(Enumerable.Range(0, config.NumEncoderBlocks[level]).Select(_ => new TinyBlock(width, options)));
            inputs = width;
        }
        layers.Add(new Convolution2d(inputs, config.LatentChannels, 3, options, padding: 1));
        return new TinyStack(layers);
    }

    public static TinyStack Decoder(TinyAutoencoderConfig config, LayerOptions options)
    {
        var widths = config.DecoderBlockOutChannels;
        var layers = new List<nn.Module<Tensor, Tensor>>
        {
            new Convolution2d(config.LatentChannels, widths[0], 3, options, padding: 1),
            new Rectifier(),
        };
        for (int level = 0; level < widths.Count; level++)
        {
            int width = widths[level];
            bool last = level == widths.Count - 1;
            layers.AddRange(Enumerable.Range(0, config.NumDecoderBlocks[level]).Select(_ => new TinyBlock(width, options)));
            if (!last) layers.Add(new Doubling());
            layers.Add(new Convolution2d(width, last ? config.PictureChannels : widths[level + 1], 3, options, padding: 1, bias: last));
        }
        return new TinyStack(layers);
    }

    public override Tensor forward(Tensor x)
    {
        var hidden = x.alias();
        foreach (var layer in _layers)
        {
            using var before = hidden;
            hidden = layer.call(before);
        }
        return hidden;
    }

    private sealed class Rectifier() : nn.Module<Tensor, Tensor>(nameof(Rectifier))
    {
        public override Tensor forward(Tensor x) => nn.functional.relu(x);
    }

    private sealed class Doubling() : nn.Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor x) => nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
    }

    /// <summary>relu(x + conv(relu(conv(relu(conv(x)))))).</summary>
    private sealed class TinyBlock : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "conv")] private readonly Convolutions _convolutions;

        public TinyBlock(int width, LayerOptions options) : base(nameof(TinyBlock))
        {
            _convolutions = new Convolutions(width, options);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            return nn.functional.relu(x + _convolutions.call(x)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Entries 0, 2 and 4 of the stored list (1 and 3 are activations).</summary>
    private sealed class Convolutions : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "0")] private readonly Convolution2d _first;
        [ComponentName(Name = "2")] private readonly Convolution2d _second;
        [ComponentName(Name = "4")] private readonly Convolution2d _third;

        public Convolutions(int width, LayerOptions options) : base(nameof(Convolutions))
        {
            _first = new Convolution2d(width, width, 3, options, padding: 1);
            _second = new Convolution2d(width, width, 3, options, padding: 1);
            _third = new Convolution2d(width, width, 3, options, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            return _third.call(nn.functional.relu(_second.call(nn.functional.relu(_first.call(x))))).MoveToOuterDisposeScope();
        }
    }
}
