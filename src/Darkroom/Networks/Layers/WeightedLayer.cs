using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>A layer with <c>weight</c> and perhaps <c>bias</c>.</summary>
internal abstract class WeightedLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] protected Parameter Weight;
    [ComponentName(Name = "bias")] protected Parameter? Bias;

    private readonly long[] _weightShape;

    protected WeightedLayer(string name, long[] weightShape, long biasSize, LayerOptions options) : base(name)
    {
        _weightShape = weightShape;
        Weight = Owned(Allocate(weightShape, options));
        Bias = biasSize > 0 ? Owned(empty(biasSize, options.Dtype, options.Device)) : null;
        RegisterComponents();
    }

    /// <summary>The dtype of the weight.</summary>
    public ScalarType Dtype => Weight.dtype;

    /// <summary>How many numbers of the input one number of the output depends on.</summary>
    public long InputsPerOutput => _weightShape.Skip(1).Aggregate(1L, (product, size) => product * size);

    /// <summary>Draws fresh weights: the field's usual ones unless a layer says otherwise.</summary>
    public virtual void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        double bound = 1 / Math.Sqrt(InputsPerOutput);
        Weight.uniform_(-bound, bound, generator);
        if (Bias is not null) Bias.uniform_(-bound, bound, generator);
    }

    /// <summary>Sets every weight to zero, for layers that end a residual branch of a network trained from nothing.</summary>
    public void InitialiseZero()
    {
        using var guard = no_grad();
        Weight.zero_();
        Bias?.zero_();
    }

    /// <summary>Memory for the weight, in the layout that the layer computes in.</summary>
    protected virtual Tensor Allocate(long[] shape, LayerOptions options) => empty(shape, options.Dtype, options.Device);

    /// <summary>A parameter that outlives any dispose scope it was made in.</summary>
    private static Parameter Owned(Tensor value)
    {
        var parameter = nn.Parameter(value);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
