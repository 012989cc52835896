using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Inception;

/// <summary>The Inception-v3 of the FID: TensorFlow's graph of 2015-12-05 with its quirks, keyed as in pytorch-fid and torch-fidelity.</summary>
/// <remarks>
/// Szegedy et al. 2015, arXiv:1512.00567. Not torchvision's network of the same name: 1008 classes, other average pooling, maximum pooling in
/// the last block, no auxiliary head.
/// </remarks>
internal sealed class InceptionV3 : Network
{
    /// <summary>Width and height of the pictures that it was trained on.</summary>
    public const int Edge = 299;

    /// <summary>D: what the last pooling gives.</summary>
    public const int FeatureCount = 2048;

    private const int Classes = 1008;

    [ComponentName(Name = "Conv2d_1a_3x3")] private readonly ConvolutionUnit _convolution1a;
    [ComponentName(Name = "Conv2d_2a_3x3")] private readonly ConvolutionUnit _convolution2a;
    [ComponentName(Name = "Conv2d_2b_3x3")] private readonly ConvolutionUnit _convolution2b;
    [ComponentName(Name = "Conv2d_3b_1x1")] private readonly ConvolutionUnit _convolution3b;
    [ComponentName(Name = "Conv2d_4a_3x3")] private readonly ConvolutionUnit _convolution4a;
    [ComponentName(Name = "Mixed_5b")] private readonly InceptionBlockA _mixed5b;
    [ComponentName(Name = "Mixed_5c")] private readonly InceptionBlockA _mixed5c;
    [ComponentName(Name = "Mixed_5d")] private readonly InceptionBlockA _mixed5d;
    [ComponentName(Name = "Mixed_6a")] private readonly InceptionBlockB _mixed6a;
    [ComponentName(Name = "Mixed_6b")] private readonly InceptionBlockC _mixed6b;
    [ComponentName(Name = "Mixed_6c")] private readonly InceptionBlockC _mixed6c;
    [ComponentName(Name = "Mixed_6d")] private readonly InceptionBlockC _mixed6d;
    [ComponentName(Name = "Mixed_6e")] private readonly InceptionBlockC _mixed6e;
    [ComponentName(Name = "Mixed_7a")] private readonly InceptionBlockD _mixed7a;
    [ComponentName(Name = "Mixed_7b")] private readonly InceptionBlockE _mixed7b;
    [ComponentName(Name = "Mixed_7c")] private readonly InceptionBlockE _mixed7c;
    [ComponentName(Name = "fc")] private readonly InceptionHead _head;

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    public InceptionV3(ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(InceptionV3), new LayerOptions(dtype, device ?? CPU))
    {
        _convolution1a = new(3, 32, 3, Options, stride: 2);
        _convolution2a = new(32, 32, 3, Options);
        _convolution2b = new(32, 64, 3, Options, keepSize: true);
        _convolution3b = new(64, 80, 1, Options);
        _convolution4a = new(80, 192, 3, Options);
        _mixed5b = new(192, 32, Options);
        _mixed5c = new(256, 64, Options);
        _mixed5d = new(288, 64, Options);
        _mixed6a = new(288, Options);
        _mixed6b = new(768, 128, Options);
        _mixed6c = new(768, 160, Options);
        _mixed6d = new(768, 160, Options);
        _mixed6e = new(768, 192, Options);
        _mixed7a = new(768, Options);
        _mixed7b = new(1280, poolsMaximum: false, Options);
        _mixed7c = new(2048, poolsMaximum: true, Options);
        _head = new(FeatureCount, Classes, Options);
        Complete();
    }

    /// <summary>Features of the last pooling, and the class scores without the bias that the Inception score leaves out.</summary>
    /// <param name="pictures">[B, 3, 299, 299], about -1 to 1.</param>
    /// <returns>[B, 2048] and [B, 1008]; the caller owns them.</returns>
    public (Tensor Features, Tensor Logits) Forward(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var x = MemoryLayout.ChannelsLast(pictures);
        x = Halve(_convolution2b.forward(_convolution2a.forward(_convolution1a.forward(x)))); // [B, 64, 73, 73]
        x = Halve(_convolution4a.forward(_convolution3b.forward(x)));                         // [B, 192, 35, 35]
        x = _mixed5d.forward(_mixed5c.forward(_mixed5b.forward(x)));                          // [B, 288, 35, 35]
        x = _mixed6a.forward(x);                                                              // [B, 768, 17, 17]
        x = _mixed6e.forward(_mixed6d.forward(_mixed6c.forward(_mixed6b.forward(x))));        // [B, 768, 17, 17]
        x = _mixed7c.forward(_mixed7b.forward(_mixed7a.forward(x)));                          // [B, 2048, 8, 8]
        var features = x.mean([2, 3]);
        return (features.MoveToOuterDisposeScope(), _head.WithoutBias(features).MoveToOuterDisposeScope());
    }

    private static Tensor Halve(Tensor x) => nn.functional.max_pool2d(x, 3, stride: 2);

    /// <summary>The classes; the bias is loaded, but no measure uses it.</summary>
    private sealed class InceptionHead(long inputs, long outputs, LayerOptions options) : WeightedLayer(nameof(InceptionHead), [outputs, inputs], outputs, options)
    {
        public override Tensor forward(Tensor x) => nn.functional.linear(x, Weight, Bias);

        public Tensor WithoutBias(Tensor x) => nn.functional.linear(x, Weight);
    }
}
