using Darkroom.Networks.Blocks;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>One level on the way up: residual blocks, each over the last result beside a skip connection, attention after each, then twice the size.</summary>
internal sealed class UnetUpBlock : nn.Module<Tensor, Tensor?, Tensor?, UnetSkips, Tensor>
{
    [ComponentName(Name = "attentions")] private readonly ModuleList<nn.Module<Tensor, Tensor?, Tensor>>? _attentions;
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;
    [ComponentName(Name = "upsamplers")] private readonly ModuleList<nn.Module>? _upsamplers;

    /// <param name="level">Of the block.</param>
    /// <param name="kind">Of the block.</param>
    /// <param name="inputs">Channels of what comes from below.</param>
    /// <param name="skips">Channels of the skip connections, in the order in which they are taken.</param>
    public UnetUpBlock(UnetLevel level, UnetBlockKind kind, int inputs, IReadOnlyList<int> skips) : base(nameof(UnetUpBlock))
    {
        _resnets = nn.ModuleList(skips.Select((skip, i) => level.Resnet((i == 0 ? inputs : level.Channels) + skip)).ToArray());
        var attentions = level.Attentions(kind, skips.Count);
        if (attentions.Length > 0) _attentions = nn.ModuleList(attentions);
        if (level.Index > 0)
        {
            _upsamplers = nn.ModuleList<nn.Module>(level.ResamplesByResnet(kind)
                ? level.Resnet(level.Channels, Resampling.Up)
                : new Upsampler(level.Channels, level.Options, convolves: !level.Config.PooledResampling));
        }
        RegisterComponents();
    }

    /// <summary>Disposes <paramref name="x"/> and the skips that it takes.</summary>
    public override Tensor forward(Tensor x, Tensor? time, Tensor? context, UnetSkips skips)
    {
        for (int i = 0; i < _resnets.Count; i++)
        {
            using var before = x;
            using var skip = skips.Pop();
            using var beside = cat([before, skip], dim: 1);
            x = _resnets[i].call(beside, time);
            if (_attentions is null) continue;
            using var hidden = x;
            x = _attentions[i].call(hidden, context);
        }
        if (_upsamplers is null) return x;
        using var small = x;
        return _upsamplers[0] switch
        {
            ResidualBlock resnet => resnet.call(small, time),
            Upsampler upsampler => upsampler.To(small, skips.NextSize.Height, skips.NextSize.Width),
            _ => throw new InvalidOperationException(),
        };
    }
}
