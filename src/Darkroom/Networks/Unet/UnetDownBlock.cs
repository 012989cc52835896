using Darkroom.Networks.Blocks;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>One level on the way down: residual blocks, attention after each, then half the size. Every result on the way is a skip connection.</summary>
internal sealed class UnetDownBlock : nn.Module<Tensor, Tensor?, Tensor?, UnetSkips, Tensor>
{
    [ComponentName(Name = "attentions")] private readonly ModuleList<nn.Module<Tensor, Tensor?, Tensor>>? _attentions;
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;
    [ComponentName(Name = "downsamplers")] private readonly ModuleList<nn.Module<Tensor, Tensor?, Tensor>>? _downsamplers;

    public UnetDownBlock(UnetLevel level, int inputs) : base(nameof(UnetDownBlock))
    {
        var kind = level.Config.DownBlockTypes[level.Index];
        int count = level.Config.LayersPerBlock[level.Index];
        _resnets = nn.ModuleList(Enumerable.Range(0, count).Select(i => level.Resnet(i == 0 ? inputs : level.Channels)).ToArray());
        var attentions = level.Attentions(kind, count);
        if (attentions.Length > 0) _attentions = nn.ModuleList(attentions);
        if (level.Index < level.Config.BlockOutChannels.Count - 1)
        {
            _downsamplers = nn.ModuleList<nn.Module<Tensor, Tensor?, Tensor>>(level.ResamplesByResnet(kind)
                ? level.Resnet(level.Channels, Resampling.Down)
                : level.Config.PooledResampling ? new AveragingDownsampler()
                : new Downsampler(level.Channels, level.Config.DownsamplePadding, level.Options));
        }
        RegisterComponents();
    }

    /// <param name="x">[B, inputs, H, W].</param>
    /// <param name="time">[B, timeWidth].</param>
    /// <param name="context">[B, M, contextWidth] or null.</param>
    /// <param name="skips">Takes every result.</param>
    public override Tensor forward(Tensor x, Tensor? time, Tensor? context, UnetSkips skips)
    {
        for (int i = 0; i < _resnets.Count; i++)
        {
            var hidden = _resnets[i].call(x, time);
            if (_attentions is not null)
            {
                using var before = hidden;
                hidden = _attentions[i].call(before, context);
            }
            if (i == _resnets.Count - 1) hidden = skips.AddLevelResidual(hidden);
            x = skips.Push(hidden);
        }
        return _downsamplers is null ? x : skips.Push(_downsamplers[0].call(x, time));
    }
}
