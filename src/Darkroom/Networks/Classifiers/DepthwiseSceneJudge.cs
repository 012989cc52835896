using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>
/// Patches of 4x4 pixels become vectors; blocks of a 7x7 depthwise convolution, layer norm and a two-layer perceptron with gelu mix them at 1/4 and 1/8.
/// </summary>
/// <remarks>Liu et al. 2022, arXiv:2201.03545, figure 4, without layer scale and stochastic depth. It shares no kind of layer with <see cref="ResidualSceneJudge"/>
/// but the plain convolution.</remarks>
internal sealed class DepthwiseSceneJudge : SceneJudge
{
    /// <summary>Levels of <see cref="SceneJudgeConfig.Widths"/>.</summary>
    public const int Levels = 2;

    private const int Patch = 4;

    [ComponentName(Name = "patches")] private readonly Convolution2d _patches;
    [ComponentName(Name = "fine")] private readonly ModuleList<DepthwiseBlock> _fine;
    [ComponentName(Name = "merge_norm")] private readonly LayerNormalisation _mergeNorm;
    [ComponentName(Name = "merge")] private readonly Convolution2d _merge;
    [ComponentName(Name = "coarse")] private readonly ModuleList<DepthwiseBlock> _coarse;
    [ComponentName(Name = "norm_out")] private readonly LayerNormalisation _normOut;
    [ComponentName(Name = "linear_out")] private readonly LinearLayer _linearOut;

    public DepthwiseSceneJudge(SceneJudgeConfig config, LayerOptions options) : base(nameof(DepthwiseSceneJudge), config, options)
    {
        var (fine, coarse) = (config.Widths[0], config.Widths[1]);
        _patches = new Convolution2d(3, fine, Patch, options, stride: Patch);
        _fine = Blocks(fine, config.Blocks[0], options);
        _mergeNorm = new LayerNormalisation(fine, DepthwiseBlock.Epsilon, options);
        _merge = new Convolution2d(fine, coarse, CellEdge / Patch, options, stride: CellEdge / Patch);
        _coarse = Blocks(coarse, config.Blocks[1], options);
        _normOut = new LayerNormalisation(coarse, DepthwiseBlock.Epsilon, options);
        _linearOut = new LinearLayer(coarse, config.Objects + 1, options);
        Complete();
    }

    private static ModuleList<DepthwiseBlock> Blocks(int width, int count, LayerOptions options) =>
        nn.ModuleList(Enumerable.Range(0, count).Select(_ => new DepthwiseBlock(width, options)).ToArray());

    private protected override IEnumerable<WeightedLayer> ZeroInitialised() => _fine.Concat(_coarse).Select(block => block.Last);

    private protected override Tensor Cells(Tensor pictures)
    {
        var hidden = _patches.call(pictures);
        foreach (var block in _fine) hidden = block.call(hidden);
        hidden = _merge.call(DepthwiseBlock.OverChannels(hidden, _mergeNorm.call));
        foreach (var block in _coarse) hidden = block.call(hidden);
        return DepthwiseBlock.OverChannels(hidden, _normOut.call);
    }

    private protected override Tensor Classify(Tensor cells) => DepthwiseBlock.OverChannels(cells, _linearOut.call);
}

/// <summary>x + linear(gelu(linear(norm(depthwise(x))))), over [B, width, H, W].</summary>
internal sealed class DepthwiseBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Of the layer norms.</summary>
    public const double Epsilon = 1e-6;

    private const int Kernel = 7;
    private const int Expansion = 3;

    [ComponentName(Name = "depthwise")] private readonly Convolution2d _depthwise;
    [ComponentName(Name = "norm")] private readonly LayerNormalisation _norm;
    [ComponentName(Name = "expand")] private readonly LinearLayer _expand;
    [ComponentName(Name = "contract")] private readonly LinearLayer _contract;

    public DepthwiseBlock(int width, LayerOptions options) : base(nameof(DepthwiseBlock))
    {
        _depthwise = new Convolution2d(width, width, Kernel, options, padding: Kernel / 2, groups: width);
        _norm = new LayerNormalisation(width, Epsilon, options);
        _expand = new LinearLayer(width, Expansion * width, options);
        _contract = new LinearLayer(Expansion * width, width, options);
        RegisterComponents();
    }

    /// <summary>The last layer of this residual branch; zero in a network trained from nothing.</summary>
    public WeightedLayer Last => _contract;

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var mixed = OverChannels(_depthwise.call(x), channels => _contract.call(Activation.Gelu(_expand.call(_norm.call(channels)))));
        return (x + mixed).MoveToOuterDisposeScope();
    }

    /// <summary>Applies a layer that works on the last dimension to the channels of [B, C, H, W]; channels-last memory makes both turns free.</summary>
    public static Tensor OverChannels(Tensor x, Func<Tensor, Tensor> layer) => layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
}
