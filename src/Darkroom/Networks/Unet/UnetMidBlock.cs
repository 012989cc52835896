using Darkroom.Networks.Blocks;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>The coarsest level: a residual block, attention, a residual block.</summary>
internal sealed class UnetMidBlock : nn.Module<Tensor, Tensor?, Tensor?, Tensor>
{
    [ComponentName(Name = "attentions")] private readonly ModuleList<nn.Module<Tensor, Tensor?, Tensor>>? _attentions;
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;

    public UnetMidBlock(UnetLevel level) : base(nameof(UnetMidBlock))
    {
        var config = level.Config;
        int? groups = config.AttnNormNumGroups ?? (config.ScaleShift ? null : config.NormNumGroups);
        nn.Module<Tensor, Tensor?, Tensor>? attention = config.MidBlockType switch
        {
            UnetBlockKind.CrossAttention => level.Transformer(0),
            UnetBlockKind.SelfAttention => level.SelfAttention(0, groups),
            _ => null,
        };
        if (attention is not null) _attentions = nn.ModuleList(attention);
        _resnets = nn.ModuleList(level.Resnet(level.Channels), level.Resnet(level.Channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? time, Tensor? context)
    {
        using var scope = NewDisposeScope();
        var hidden = _resnets[0].call(x, time);
        if (_attentions is not null) hidden = _attentions[0].call(hidden, context);
        return _resnets[1].call(hidden, time).MoveToOuterDisposeScope();
    }
}
