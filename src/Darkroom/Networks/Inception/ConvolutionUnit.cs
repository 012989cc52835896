using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Inception;

/// <summary>ReLU of the batch norm of a convolution: the unit that Inception is made of.</summary>
internal sealed class ConvolutionUnit : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")] private readonly RectangularConvolution _convolution;
    [ComponentName(Name = "bn")] private readonly TrainedBatchNorm _norm;

    /// <summary>A unit with a square kernel.</summary>
    /// <param name="inputs">Channels in.</param>
    /// <param name="outputs">Channels out.</param>
    /// <param name="kernel">Width and height.</param>
    /// <param name="options">Where the weights are.</param>
    /// <param name="stride">2 halves the picture, without padding.</param>
    /// <param name="keepSize">Whether zeros around the picture keep its size.</param>
    public ConvolutionUnit(long inputs, long outputs, int kernel, LayerOptions options, int stride = 1, bool keepSize = false)
        : this(inputs, outputs, (kernel, kernel), options, stride, keepSize)
    {
    }

    /// <summary>A unit with a kernel of any size.</summary>
    public ConvolutionUnit(long inputs, long outputs, (int Height, int Width) kernel, LayerOptions options, int stride = 1, bool keepSize = true)
        : base(nameof(ConvolutionUnit))
    {
        _convolution = new(inputs, outputs, kernel, options, stride, keepSize);
        _norm = new(outputs, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return _norm.forward(_convolution.forward(x)).relu_().MoveToOuterDisposeScope();
    }

    /// <summary>Convolution without bias; W is [outputs, inputs, height, width], held channels-last.</summary>
    private sealed class RectangularConvolution(
        long inputs, long outputs, (int Height, int Width) kernel, LayerOptions options, int stride, bool keepSize)
        : WeightedLayer(nameof(RectangularConvolution), [outputs, inputs, kernel.Height, kernel.Width], 0, options)
    {
        private readonly long[] _strides = [stride, stride];
        private readonly long[] _padding = keepSize ? [kernel.Height / 2, kernel.Width / 2] : [0, 0];

        public override Tensor forward(Tensor x) => nn.functional.conv2d(x, Weight, strides: _strides, padding: _padding);

        protected override Tensor Allocate(long[] shape, LayerOptions options)
        {
            using var last = empty([shape[0], shape[2], shape[3], shape[1]], options.Dtype, options.Device);
            return last.permute(0, 3, 1, 2);
        }
    }

    /// <summary>y = gamma (x - mean) / sqrt(variance + 1e-3) + beta, with the mean and variance that training found.</summary>
    private sealed class TrainedBatchNorm : nn.Module<Tensor, Tensor>
    {
        private const double Epsilon = 1e-3;

        [ComponentName(Name = "weight")] private readonly Parameter _gamma;
        [ComponentName(Name = "bias")] private readonly Parameter _beta;
        [ComponentName(Name = "running_mean")] private readonly Tensor _mean;
        [ComponentName(Name = "running_var")] private readonly Tensor _variance;

        public TrainedBatchNorm(long channels, LayerOptions options) : base(nameof(TrainedBatchNorm))
        {
            _gamma = nn.Parameter(ones(channels, options.Dtype, options.Device));
            _beta = nn.Parameter(zeros(channels, options.Dtype, options.Device));
            _mean = zeros(channels, options.Dtype, options.Device);
            _variance = ones(channels, options.Dtype, options.Device);
            foreach (var tensor in (Tensor[])[_gamma, _beta, _mean, _variance]) tensor.DetachFromDisposeScope();
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => nn.functional.batch_norm(x, _mean, _variance, _gamma, _beta, training: false, eps: Epsilon);
    }
}
