using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using Darkroom.Networks.Unet;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>
/// The downward half of a UNet with a pooling head: a classifier of noised pictures that is told how noisy they are, log p(y | x_t, t).
/// </summary>
/// <remarks>Dhariwal and Nichol 2021, arXiv:2105.05233, section 4 and appendix H; guided-diffusion's EncoderUNetModel.</remarks>
public sealed class EncoderUnet : Network
{
    [ComponentName(Name = "conv_in")] private readonly Convolution2d _convIn;
    [ComponentName(Name = "time_embedding")] private readonly TimeEmbedding _timeEmbedding;
    [ComponentName(Name = "down_blocks")] private readonly ModuleList<UnetDownBlock> _downBlocks;
    [ComponentName(Name = "mid_block")] private readonly UnetMidBlock _midBlock;
    [ComponentName(Name = "conv_norm_out")] private readonly GroupNormalisation? _normOut;
    [ComponentName(Name = "pool")] private readonly PoolingHead _pool;
    private readonly AttentionProcessorSlot _attention = new();

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="dtype">float32 or bfloat16.</param>
    /// <param name="device">Where its weights lie; null is the CPU.</param>
    public EncoderUnet(EncoderUnetConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(EncoderUnet), new LayerOptions(dtype, device ?? CPU))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var encoder = config.Encoder;
        var channels = encoder.BlockOutChannels;
        _convIn = new Convolution2d(encoder.InChannels, channels[0], encoder.ConvInKernel, Options, padding: (encoder.ConvInKernel - 1) / 2);
        _timeEmbedding = new TimeEmbedding(channels[0], UnetLevel.TimeWidth(encoder), Options);
        _downBlocks = nn.ModuleList(channels.Select((_, i) => new UnetDownBlock(Level(i, $"down_blocks.{i}"), channels[Math.Max(i - 1, 0)])).ToArray());
        _midBlock = new UnetMidBlock(Level(channels.Count - 1, "mid_block"));
        bool pools = config.Pool is ClassifierPool.Adaptive or ClassifierPool.Attention;
        if (pools) _normOut = new GroupNormalisation(encoder.NormNumGroups, channels[^1], encoder.NormEps, Options);
        _pool = PoolingHead.Create(config, Options);
        Complete();
    }

    /// <summary>The shape that it was built with.</summary>
    public EncoderUnetConfig Config { get; }

    /// <summary>Who computes attention in every layer.</summary>
    public IAttentionProcessor AttentionProcessor
    {
        get => _attention.Processor;
        set => _attention.Processor = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Logits of the classes.</summary>
    /// <param name="x">[B, C, H, W], noised; any float dtype.</param>
    /// <param name="timestep">[B] or [1], may be fractional.</param>
    /// <returns>[B, Classes] in the dtype of <paramref name="x"/>; it belongs to the caller's dispose scope.</returns>
    /// <exception cref="DarkroomException">InvalidRequest: other channels, or another size where the head needs one.</exception>
    public Tensor Predict(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var (hidden, skips) = Encode(x, timestep);
        var logits = _normOut is null
            ? _pool.call(cat([.. skips.InOrder.Append(hidden).Select(h => h.mean([2, 3]))], 1))
            : _pool.call(_normOut.WithSilu(hidden));
        return logits.to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>What the head of adaptive and attention pooling sees, averaged over the picture: features for comparing pictures.</summary>
    /// <param name="x">As of <see cref="Predict"/>.</param>
    /// <param name="timestep">As of <see cref="Predict"/>.</param>
    /// <returns>[B, width of the last level], float32; it belongs to the caller's dispose scope.</returns>
    public Tensor Features(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var (hidden, _) = Encode(x, timestep);
        if (_normOut is not null) hidden = _normOut.WithSilu(hidden);
        return hidden.to(ScalarType.Float32).mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>The output of the middle block and those of all blocks before it, of the current dispose scope.</summary>
    private (Tensor Hidden, UnetSkips Skips) Encode(Tensor x, Tensor timestep)
    {
        CheckInput(x);
        var sinusoid = new SinusoidalEmbedding(Config.Encoder.BlockOutChannels[0], Config.Encoder.FlipSinToCos, Config.Encoder.FreqShift);
        var time = _timeEmbedding.call(sinusoid.Embed(timestep.reshape(-1)).to(Dtype)).expand(x.shape[0], -1);
        var skips = new UnetSkips(null);
        var hidden = skips.Push(_convIn.call(MemoryLayout.ChannelsLast(x.to(Dtype))));
        foreach (var block in _downBlocks) hidden = block.call(hidden, time, null, skips);
        return (_midBlock.call(hidden, time, null), skips);
    }

    private protected override IEnumerable<WeightedLayer> ZeroInitialised() => [.. modules().OfType<ResidualBlock>().Select(block => block.Last)];

    private UnetLevel Level(int index, string path) => new(Config.Encoder, index, path, _attention, Options);

    private void CheckInput(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        int inputs = Config.Encoder.InChannels;
        bool sized = Config.Pool == ClassifierPool.Attention;
        if (x.dim() == 4 && x.shape[1] == inputs && (!sized || (x.shape[2] == Config.ImageSize && x.shape[3] == Config.ImageSize))) return;
        throw new DarkroomException(ErrorKind.InvalidRequest,
            $"The classifier takes [B, {inputs}, {(sized ? $"{Config.ImageSize}, {Config.ImageSize}" : "H, W")}] and was given [{string.Join(", ", x.shape)}].");
    }
}
