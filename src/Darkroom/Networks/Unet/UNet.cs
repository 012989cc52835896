using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>
/// The denoising network of diffusion models: a UNet with residual blocks and attention. One class for Stable Diffusion 1, 2, XL, inpainting, upscaling
/// and for pixel-space networks (DDPM, ADM): they differ in their <see cref="UnetConfig"/>.
/// </summary>
/// <remarks>
/// Ronneberger et al. 2015, arXiv:1505.04597; Ho et al. 2020, arXiv:2006.11239, appendix B; Rombach et al. 2022, arXiv:2112.10752, appendix E.
/// Keys as in diffusers' UNet2DConditionModel and UNet2DModel.
/// </remarks>
public sealed class UNet : Network
{
    [ComponentName(Name = "conv_in")] private readonly Convolution2d _convIn;
    [ComponentName(Name = "time_embedding")] private readonly TimeEmbedding _timeEmbedding;
    [ComponentName(Name = "class_embedding")] private readonly nn.Module<Tensor, Tensor>? _classEmbedding;
    [ComponentName(Name = "add_embedding")] private readonly TimeEmbedding? _additionEmbedding;
    [ComponentName(Name = "down_blocks")] private readonly ModuleList<UnetDownBlock> _downBlocks;
    [ComponentName(Name = "up_blocks")] private readonly ModuleList<UnetUpBlock> _upBlocks;
    [ComponentName(Name = "mid_block")] private readonly UnetMidBlock _midBlock;
    [ComponentName(Name = "conv_norm_out")] private readonly GroupNormalisation _normOut;
    [ComponentName(Name = "conv_out")] private readonly Convolution2d _convOut;
    private readonly AttentionProcessorSlot _attention = new();

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="dtype">float32, bfloat16 or float16.</param>
    /// <param name="device">Where its weights lie; null is the CPU.</param>
    public UNet(UnetConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(UNet), new LayerOptions(dtype, device ?? CPU))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var channels = config.BlockOutChannels;
        int timeWidth = UnetLevel.TimeWidth(config);
        _convIn = new Convolution2d(config.InChannels, channels[0], config.ConvInKernel, Options, padding: (config.ConvInKernel - 1) / 2);
        _timeEmbedding = new TimeEmbedding(channels[0], timeWidth, Options, config.TimeCondProjDim);
        _classEmbedding = ClassEmbedding(config, timeWidth);
        if (config.AdditionTimeEmbedDim is not null)
            _additionEmbedding = new TimeEmbedding(config.ProjectionClassEmbeddingsInputDim!.Value, timeWidth, Options);

        var skips = new Stack<int>([channels[0]]);
        _downBlocks = nn.ModuleList(channels.Select((width, i) =>
        {
            for (int layer = 0; layer < config.LayersPerBlock[i]; layer++) skips.Push(width);
            if (i < channels.Count - 1) skips.Push(width);
            return new UnetDownBlock(Level(i, $"down_blocks.{i}"), channels[Math.Max(i - 1, 0)]);
        }).ToArray());
        _midBlock = new UnetMidBlock(Level(channels.Count - 1, "mid_block"));
        _upBlocks = nn.ModuleList(config.UpBlockTypes.Select((kind, i) =>
        {
            int level = channels.Count - 1 - i;
            var taken = Enumerable.Range(0, config.LayersPerBlock[level] + 1).Select(_ => skips.Pop()).ToArray();
            return new UnetUpBlock(Level(level, $"up_blocks.{i}"), kind, channels[Math.Min(level + 1, channels.Count - 1)], taken);
        }).ToArray());
        _normOut = new GroupNormalisation(config.NormNumGroups, channels[0], config.NormEps, Options);
        _convOut = new Convolution2d(channels[0], config.OutChannels, config.ConvOutKernel, Options, padding: (config.ConvOutKernel - 1) / 2);
        Complete();
    }

    /// <summary>The shape that it was built with.</summary>
    public UnetConfig Config { get; }

    /// <summary>Who computes attention in every layer of this network; exchange it to capture or change attention.</summary>
    public IAttentionProcessor AttentionProcessor
    {
        get => _attention.Processor;
        set => _attention.Processor = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The network's prediction (noise, v or x0, as it was trained).</summary>
    /// <param name="x">[B, InChannels, H, W], any float dtype; computed in the network's.</param>
    /// <param name="timestep">[B] or [1], may be fractional.</param>
    /// <param name="context">[B, M, CrossAttentionDim], or null where the network takes none.</param>
    /// <param name="extra">Further conditions and residuals, or null.</param>
    /// <returns>[B, OutChannels, H, W] in the dtype of <paramref name="x"/>; it belongs to the caller's dispose scope.</returns>
    public Tensor Predict(Tensor x, Tensor timestep, Tensor? context = null, UnetConditioning? extra = null)
    {
        CheckInputs(x, context);
        using var scope = NewDisposeScope();
        var time = EmbedTime(timestep, x.shape[0], extra);
        var contextHere = context?.to(Dtype);
        var skips = new UnetSkips(extra);

        var input = Config.CenterInputSample ? 2 * x - 1 : x;
        var hidden = skips.Push(_convIn.call(MemoryLayout.ChannelsLast(input.to(Dtype))));
        foreach (var block in _downBlocks) hidden = block.call(hidden, time, contextHere, skips);
        skips.AddDownResiduals();
        hidden = _midBlock.call(hidden, time, contextHere);
        if (extra?.MidResidual is { } residual) hidden += residual.to(Dtype);
        foreach (var block in _upBlocks) hidden = block.call(hidden, time, contextHere, skips);
        hidden = _convOut.call(_normOut.WithSilu(hidden));
        return hidden.to(x.dtype).contiguous().MoveToOuterDisposeScope();
    }

    private protected override IEnumerable<WeightedLayer> ZeroInitialised() =>
    [
        .. modules().OfType<ResidualBlock>().Select(block => block.Last),
        .. modules().OfType<SpatialTransformer>().Select(transformer => transformer.Last),
        _convOut,
    ];

    /// <summary>[B, timeWidth]: the embeddings of timestep, class, text and sizes, summed.</summary>
    private Tensor EmbedTime(Tensor timestep, long batch, UnetConditioning? extra)
    {
        var sinusoid = new SinusoidalEmbedding(Config.BlockOutChannels[0], Config.FlipSinToCos, Config.FreqShift);
        var condition = Config.TimeCondProjDim is null ? null
            : extra?.GuidanceEmbedding ?? throw Missing(nameof(UnetConditioning.GuidanceEmbedding));
        var steps = sinusoid.Embed(timestep.reshape(-1)).to(Dtype);
        var embedded = condition is null ? _timeEmbedding.call(steps) : _timeEmbedding.With(steps, condition.to(Dtype));
        if (_classEmbedding is not null)
        {
            var labels = extra?.ClassLabels ?? throw Missing(nameof(UnetConditioning.ClassLabels));
            embedded += _classEmbedding.call(Config.ClassEmbedType switch
            {
                null => labels.to(ScalarType.Int64),
                "timestep" => sinusoid.Embed(labels).to(Dtype),
                _ => labels.to(Dtype),
            });
        }
        if (_additionEmbedding is not null)
        {
            var text = extra?.PooledText ?? throw Missing(nameof(UnetConditioning.PooledText));
            var sizes = extra.SizeIds ?? throw Missing(nameof(UnetConditioning.SizeIds));
            var sizeSinusoid = new SinusoidalEmbedding(Config.AdditionTimeEmbedDim!.Value, Config.FlipSinToCos, Config.FreqShift);
            var sizesEmbedded = sizeSinusoid.Embed(sizes.flatten()).reshape(text.shape[0], -1);
            embedded += _additionEmbedding.call(cat([text.to(Dtype), sizesEmbedded.to(Dtype)], dim: 1));
        }
        return embedded.expand(batch, -1);
    }

    private nn.Module<Tensor, Tensor>? ClassEmbedding(UnetConfig config, int timeWidth) => config.ClassEmbedType switch
    {
        "timestep" => new TimeEmbedding(config.BlockOutChannels[0], timeWidth, Options),
        "projection" => new TimeEmbedding(config.ProjectionClassEmbeddingsInputDim!.Value, timeWidth, Options),
        _ => config.NumClassEmbeds is int classes ? new EmbeddingTable(classes, timeWidth, Options) : null,
    };

    private UnetLevel Level(int index, string path) => new(Config, index, path, _attention, Options);

    private void CheckInputs(Tensor x, Tensor? context)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.dim() != 4 || x.shape[1] != Config.InChannels)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest,
                $"The network takes [B, {Config.InChannels}, H, W] and was given [{string.Join(", ", x.shape)}].");
        }
        if (Config.TakesContext && context is null) throw Missing(nameof(context));
        if (context is not null && context.shape[^1] != Config.CrossAttentionDim)
        {
            throw new DarkroomException(ErrorKind.ModelMismatch,
                $"The network takes a context {Config.CrossAttentionDim} wide and was given one {context.shape[^1]} wide.",
                remedy: "Use the text encoder that belongs to this network.");
        }
    }

    private static DarkroomException Missing(string name) => new(ErrorKind.InvalidRequest, $"The network needs {name}.", name);
}
