using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Inception;

/// <summary>Branches that each look at the same features in another way; their results stand side by side as channels.</summary>
/// <remarks>
/// Szegedy et al. 2015, arXiv:1512.00567. Where average pooling keeps the size, the zeros around the picture are not counted: so in the TensorFlow graph
/// of the FID, but not in torchvision.
/// </remarks>
internal abstract class InceptionBlock(string name) : nn.Module<Tensor, Tensor>(name)
{
    public sealed override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return cat(Branches(x), 1).MoveToOuterDisposeScope();
    }

    /// <summary>What the branches give, in the order of the channels.</summary>
    protected abstract Tensor[] Branches(Tensor x);

    protected static Tensor Average(Tensor x) => nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false);

    protected static Tensor Maximum(Tensor x, int stride, int padding) => nn.functional.max_pool2d(x, 3, stride: stride, padding: padding);
}

/// <summary>Figure 5 of the paper: 1x1, 5x5, two 3x3, and pooling.</summary>
internal sealed class InceptionBlockA : InceptionBlock
{
    [ComponentName(Name = "branch1x1")] private readonly ConvolutionUnit _point;
    [ComponentName(Name = "branch5x5_1")] private readonly ConvolutionUnit _five1;
    [ComponentName(Name = "branch5x5_2")] private readonly ConvolutionUnit _five2;
    [ComponentName(Name = "branch3x3dbl_1")] private readonly ConvolutionUnit _double1;
    [ComponentName(Name = "branch3x3dbl_2")] private readonly ConvolutionUnit _double2;
    [ComponentName(Name = "branch3x3dbl_3")] private readonly ConvolutionUnit _double3;
    [ComponentName(Name = "branch_pool")] private readonly ConvolutionUnit _pool;

    public InceptionBlockA(long inputs, long pooled, LayerOptions options) : base(nameof(InceptionBlockA))
    {
        _point = new(inputs, 64, 1, options);
        _five1 = new(inputs, 48, 1, options);
        _five2 = new(48, 64, 5, options, keepSize: true);
        _double1 = new(inputs, 64, 1, options);
        _double2 = new(64, 96, 3, options, keepSize: true);
        _double3 = new(96, 96, 3, options, keepSize: true);
        _pool = new(inputs, pooled, 1, options);
        RegisterComponents();
    }

    protected override Tensor[] Branches(Tensor x) =>
    [
        _point.forward(x),
        _five2.forward(_five1.forward(x)),
        _double3.forward(_double2.forward(_double1.forward(x))),
        _pool.forward(Average(x)),
    ];
}

/// <summary>Halves the size: 3x3, two 3x3, and pooling; 384 + 96 new channels.</summary>
internal sealed class InceptionBlockB : InceptionBlock
{
    [ComponentName(Name = "branch3x3")] private readonly ConvolutionUnit _three;
    [ComponentName(Name = "branch3x3dbl_1")] private readonly ConvolutionUnit _double1;
    [ComponentName(Name = "branch3x3dbl_2")] private readonly ConvolutionUnit _double2;
    [ComponentName(Name = "branch3x3dbl_3")] private readonly ConvolutionUnit _double3;

    public InceptionBlockB(long inputs, LayerOptions options) : base(nameof(InceptionBlockB))
    {
        _three = new(inputs, 384, 3, options, stride: 2);
        _double1 = new(inputs, 64, 1, options);
        _double2 = new(64, 96, 3, options, keepSize: true);
        _double3 = new(96, 96, 3, options, stride: 2);
        RegisterComponents();
    }

    protected override Tensor[] Branches(Tensor x) =>
        [_three.forward(x), _double3.forward(_double2.forward(_double1.forward(x))), Maximum(x, stride: 2, padding: 0)];
}

/// <summary>Figure 6 of the paper: 7x7 as 1x7 and 7x1, once and twice.</summary>
internal sealed class InceptionBlockC : InceptionBlock
{
    [ComponentName(Name = "branch1x1")] private readonly ConvolutionUnit _point;
    [ComponentName(Name = "branch7x7_1")] private readonly ConvolutionUnit _seven1;
    [ComponentName(Name = "branch7x7_2")] private readonly ConvolutionUnit _seven2;
    [ComponentName(Name = "branch7x7_3")] private readonly ConvolutionUnit _seven3;
    [ComponentName(Name = "branch7x7dbl_1")] private readonly ConvolutionUnit _double1;
    [ComponentName(Name = "branch7x7dbl_2")] private readonly ConvolutionUnit _double2;
    [ComponentName(Name = "branch7x7dbl_3")] private readonly ConvolutionUnit _double3;
    [ComponentName(Name = "branch7x7dbl_4")] private readonly ConvolutionUnit _double4;
    [ComponentName(Name = "branch7x7dbl_5")] private readonly ConvolutionUnit _double5;
    [ComponentName(Name = "branch_pool")] private readonly ConvolutionUnit _pool;

    public InceptionBlockC(long inputs, long width, LayerOptions options) : base(nameof(InceptionBlockC))
    {
        _point = new(inputs, 192, 1, options);
        _seven1 = new(inputs, width, 1, options);
        _seven2 = new(width, width, (1, 7), options);
        _seven3 = new(width, 192, (7, 1), options);
        _double1 = new(inputs, width, 1, options);
        _double2 = new(width, width, (7, 1), options);
        _double3 = new(width, width, (1, 7), options);
        _double4 = new(width, width, (7, 1), options);
        _double5 = new(width, 192, (1, 7), options);
        _pool = new(inputs, 192, 1, options);
        RegisterComponents();
    }

    protected override Tensor[] Branches(Tensor x) =>
    [
        _point.forward(x),
        _seven3.forward(_seven2.forward(_seven1.forward(x))),
        _double5.forward(_double4.forward(_double3.forward(_double2.forward(_double1.forward(x))))),
        _pool.forward(Average(x)),
    ];
}

/// <summary>Halves the size: 3x3, 7x7 then 3x3, and pooling; 320 + 192 new channels.</summary>
internal sealed class InceptionBlockD : InceptionBlock
{
    [ComponentName(Name = "branch3x3_1")] private readonly ConvolutionUnit _three1;
    [ComponentName(Name = "branch3x3_2")] private readonly ConvolutionUnit _three2;
    [ComponentName(Name = "branch7x7x3_1")] private readonly ConvolutionUnit _seven1;
    [ComponentName(Name = "branch7x7x3_2")] private readonly ConvolutionUnit _seven2;
    [ComponentName(Name = "branch7x7x3_3")] private readonly ConvolutionUnit _seven3;
    [ComponentName(Name = "branch7x7x3_4")] private readonly ConvolutionUnit _seven4;

    public InceptionBlockD(long inputs, LayerOptions options) : base(nameof(InceptionBlockD))
    {
        _three1 = new(inputs, 192, 1, options);
        _three2 = new(192, 320, 3, options, stride: 2);
        _seven1 = new(inputs, 192, 1, options);
        _seven2 = new(192, 192, (1, 7), options);
        _seven3 = new(192, 192, (7, 1), options);
        _seven4 = new(192, 192, 3, options, stride: 2);
        RegisterComponents();
    }

    protected override Tensor[] Branches(Tensor x) =>
    [
        _three2.forward(_three1.forward(x)),
        _seven4.forward(_seven3.forward(_seven2.forward(_seven1.forward(x)))),
        Maximum(x, stride: 2, padding: 0),
    ];
}

/// <summary>Figure 7 of the paper: branches that fan out into 1x3 and 3x1; 2048 channels.</summary>
internal sealed class InceptionBlockE : InceptionBlock
{
    private readonly bool _poolsMaximum;

    [ComponentName(Name = "branch1x1")] private readonly ConvolutionUnit _point;
    [ComponentName(Name = "branch3x3_1")] private readonly ConvolutionUnit _three1;
    [ComponentName(Name = "branch3x3_2a")] private readonly ConvolutionUnit _three2a;
    [ComponentName(Name = "branch3x3_2b")] private readonly ConvolutionUnit _three2b;
    [ComponentName(Name = "branch3x3dbl_1")] private readonly ConvolutionUnit _double1;
    [ComponentName(Name = "branch3x3dbl_2")] private readonly ConvolutionUnit _double2;
    [ComponentName(Name = "branch3x3dbl_3a")] private readonly ConvolutionUnit _double3a;
    [ComponentName(Name = "branch3x3dbl_3b")] private readonly ConvolutionUnit _double3b;
    [ComponentName(Name = "branch_pool")] private readonly ConvolutionUnit _pool;

    /// <param name="inputs">Channels in.</param>
    /// <param name="poolsMaximum">Whether the pooling branch takes maxima: so the last block of the FID's graph, unlike the paper.</param>
    /// <param name="options">Where the weights are.</param>
    public InceptionBlockE(long inputs, bool poolsMaximum, LayerOptions options) : base(nameof(InceptionBlockE))
    {
        _poolsMaximum = poolsMaximum;
        _point = new(inputs, 320, 1, options);
        _three1 = new(inputs, 384, 1, options);
        _three2a = new(384, 384, (1, 3), options);
        _three2b = new(384, 384, (3, 1), options);
        _double1 = new(inputs, 448, 1, options);
        _double2 = new(448, 384, 3, options, keepSize: true);
        _double3a = new(384, 384, (1, 3), options);
        _double3b = new(384, 384, (3, 1), options);
        _pool = new(inputs, 192, 1, options);
        RegisterComponents();
    }

    protected override Tensor[] Branches(Tensor x)
    {
        var three = _three1.forward(x);
        var twice = _double2.forward(_double1.forward(x));
        var pooled = _pool.forward(_poolsMaximum ? Maximum(x, stride: 1, padding: 1) : Average(x));
        return [_point.forward(x), _three2a.forward(three), _three2b.forward(three), _double3a.forward(twice), _double3b.forward(twice), pooled];
    }
}
