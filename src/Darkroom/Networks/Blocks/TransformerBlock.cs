using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>x += self(LN(x)); x += cross(LN(x), context); x += feedForward(LN(x)), over tokens [B, N, C].</summary>
/// <remarks>Rombach et al. 2022, arXiv:2112.10752, appendix E.2.1.</remarks>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "norm1")] private readonly LayerNormalisation _norm1;
    [ComponentName(Name = "attn1")] private readonly Attention _selfAttention;
    [ComponentName(Name = "norm2")] private readonly LayerNormalisation _norm2;
    [ComponentName(Name = "attn2")] private readonly Attention _crossAttention;
    [ComponentName(Name = "norm3")] private readonly LayerNormalisation _norm3;
    [ComponentName(Name = "ff")] private readonly FeedForward _feedForward;

    public TransformerBlock(string path, TransformerShape shape, AttentionProcessorSlot slot, LayerOptions options)
        : base(nameof(TransformerBlock))
    {
        const double epsilon = 1e-5;
        _norm1 = new LayerNormalisation(shape.Width, epsilon, options);
        _selfAttention = new Attention(shape.Width, null, slot.At($"{path}.attn1", false, shape.Heads, shape.Upcast), options);
        _norm2 = new LayerNormalisation(shape.Width, epsilon, options);
        _crossAttention = new Attention(
            shape.Width, shape.ContextWidth, slot.At($"{path}.attn2", true, shape.Heads, shape.Upcast), options);
        _norm3 = new LayerNormalisation(shape.Width, epsilon, options);
        _feedForward = new FeedForward(shape.Width, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? context)
    {
        using var scope = NewDisposeScope();
        var afterSelf = x + _selfAttention.call(_norm1.call(x), null);
        var afterCross = afterSelf + _crossAttention.call(_norm2.call(afterSelf), context);
        return (afterCross + _feedForward.call(_norm3.call(afterCross))).MoveToOuterDisposeScope();
    }
}

/// <summary>Sizes of a spatial transformer.</summary>
internal sealed record TransformerShape(
    int Width, int Heads, int ContextWidth, int Layers, int Groups, bool LinearProjection, bool Upcast);
