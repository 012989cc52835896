using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>Transformer blocks over the pixels of a picture [B, C, H, W], between two projections, added to the picture.</summary>
internal sealed class SpatialTransformer : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "norm")] private readonly GroupNormalisation _norm;
    [ComponentName(Name = "proj_in")] private readonly WeightedLayer _projectIn;
    [ComponentName(Name = "transformer_blocks")] private readonly ModuleList<TransformerBlock> _blocks;
    [ComponentName(Name = "proj_out")] private readonly WeightedLayer _projectOut;
    private readonly bool _linear;

    public SpatialTransformer(string path, TransformerShape shape, AttentionProcessorSlot slot, LayerOptions options)
        : base(nameof(SpatialTransformer))
    {
        _linear = shape.LinearProjection;
        _norm = new GroupNormalisation(shape.Groups, shape.Width, 1e-6, options);
        _projectIn = Projection(shape.Width, options);
        _blocks = nn.ModuleList(Enumerable.Range(0, shape.Layers)
            .Select(i => new TransformerBlock($"{path}.transformer_blocks.{i}", shape, slot, options)).ToArray());
        _projectOut = Projection(shape.Width, options);
        RegisterComponents();
    }

    /// <summary>The last layer of this residual branch; zero in a network trained from nothing.</summary>
    public WeightedLayer Last => _projectOut;

    public override Tensor forward(Tensor x, Tensor? context)
    {
        using var scope = NewDisposeScope();
        var normalised = _norm.call(x);
        var tokens = _linear ? _projectIn.call(Tokens.FromPicture(normalised)) : Tokens.FromPicture(_projectIn.call(normalised));
        foreach (var block in _blocks)
        {
            var next = block.call(tokens, context);
            tokens.Dispose();
            tokens = next;
        }
        var result = _linear ? Tokens.ToPicture(_projectOut.call(tokens), x) : _projectOut.call(Tokens.ToPicture(tokens, x));
        return (result + x).MoveToOuterDisposeScope();
    }

    /// <summary>A 1x1 convolution in SD1, a linear layer in SD2 and SDXL: the same numbers, stored differently.</summary>
    private WeightedLayer Projection(int width, LayerOptions options) =>
        _linear ? new LinearLayer(width, width, options) : new Convolution2d(width, width, 1, options);
}
