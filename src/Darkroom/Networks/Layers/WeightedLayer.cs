using TorchSharp.Utils;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>
/// A layer with <c>weight</c> and perhaps <c>bias</c>. Weights can be exchanged one by one, so a network built on the meta device
/// is filled from a file without ever holding two copies.
/// </summary>
internal abstract class WeightedLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] protected Parameter Weight;
    [ComponentName(Name = "bias")] protected Parameter? Bias;

    private readonly long[] _weightShape;

    protected WeightedLayer(string name, long[] weightShape, long biasSize, LayerOptions options) : base(name)
    {
        _weightShape = weightShape;
        Weight = Owned(Lay(empty(weightShape, options.Dtype, options.Device)));
        Bias = biasSize > 0 ? Owned(empty(biasSize, options.Dtype, options.Device)) : null;
        RegisterComponents();
    }

    /// <summary>Puts <paramref name="value"/> in place of a weight; the layer owns it from here on. Its shape was checked by the caller.</summary>
    public void Assign(string name, Tensor value)
    {
        bool isWeight = name == "weight";
        var old = isWeight ? Weight : Bias ?? throw new ArgumentException($"This layer has no {name}.", nameof(name));
        var laid = isWeight ? Lay(value) : value;
        var parameter = Owned(laid, old.requires_grad);
        if (!ReferenceEquals(laid, value)) value.Dispose();
        if (isWeight) Weight = parameter;
        else Bias = parameter;
        ConditionallyRegisterParameter(name, parameter);
        old.Dispose();
    }

    /// <summary>Draws fresh weights: the field's usual ones unless a layer says otherwise.</summary>
    public virtual void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        double bound = 1 / Math.Sqrt(_weightShape.Skip(1).Aggregate(1L, (product, size) => product * size));
        nn.init.uniform_(Weight, -bound, bound, generator);
        if (Bias is not null) nn.init.uniform_(Bias, -bound, bound, generator);
    }

    /// <summary>Sets every weight to zero, for layers that end a residual branch of a network trained from nothing.</summary>
    public void InitialiseZero()
    {
        using var guard = no_grad();
        Weight.zero_();
        Bias?.zero_();
    }

    /// <summary>The memory layout that the layer computes in; the same tensor where it is laid out so already.</summary>
    protected virtual Tensor Lay(Tensor weight) => weight;

    /// <summary>A parameter that outlives any dispose scope it was made in.</summary>
    private static Parameter Owned(Tensor value, bool requiresGrad = true)
    {
        var parameter = nn.Parameter(value, requires_grad: requiresGrad);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
