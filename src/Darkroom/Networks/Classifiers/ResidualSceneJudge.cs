using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>A convolution of half the size, residual blocks of 3x3 convolutions with group norm and silu at 1/2, 1/4 and 1/8, and a 1x1 convolution to logits.</summary>
/// <remarks>He et al. 2016, arXiv:1603.05027 (norm and activation first); sizes are halved by averaging.</remarks>
internal sealed class ResidualSceneJudge : SceneJudge
{
    /// <summary>Levels of <see cref="SceneJudgeConfig.Widths"/>.</summary>
    public const int Levels = 3;

    /// <summary>Channels of a group of the group norms.</summary>
    public const int GroupWidth = 8;

    private const double Epsilon = 1e-5;

    [ComponentName(Name = "conv_in")] private readonly Convolution2d _convIn;
    [ComponentName(Name = "blocks")] private readonly ModuleList<ResidualBlock> _blocks;
    [ComponentName(Name = "norm_out")] private readonly GroupNormalisation _normOut;
    [ComponentName(Name = "conv_out")] private readonly Convolution2d _convOut;

    public ResidualSceneJudge(SceneJudgeConfig config, LayerOptions options) : base(nameof(ResidualSceneJudge), config, options)
    {
        var widths = config.Widths;
        _convIn = new Convolution2d(3, widths[0], 5, options, stride: 2, padding: 2);
        _blocks = nn.ModuleList(widths.SelectMany((width, level) => Enumerable.Range(0, config.Blocks[level]).Select(i =>
            Block(i == 0 && level > 0 ? widths[level - 1] : width, width, options, halves: i == 0 && level > 0))).ToArray());
        _normOut = new GroupNormalisation(widths[^1] / GroupWidth, widths[^1], Epsilon, options);
        _convOut = new Convolution2d(widths[^1], config.Objects + 1, 1, options);
        Complete();
    }

    private static ResidualBlock Block(int inputs, int outputs, LayerOptions options, bool halves) =>
        new(inputs, outputs, new ResidualShape(TimeWidth: null, inputs / GroupWidth, Epsilon), options, halves ? Resampling.Down : Resampling.None);

    private protected override IEnumerable<WeightedLayer> ZeroInitialised() => _blocks.Select(block => block.Last);

    private protected override Tensor Cells(Tensor pictures)
    {
        var hidden = _convIn.call(pictures);
        foreach (var block in _blocks) hidden = block.call(hidden, null);
        return _normOut.WithSilu(hidden);
    }

    private protected override Tensor Classify(Tensor cells) => _convOut.call(cells);
}
