using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>Where and how the weights of a layer are held. On the <c>meta</c> device they have shapes only and cost nothing.</summary>
internal readonly record struct LayerOptions(ScalarType Dtype, Device Device)
{
    /// <summary>Shapes only: weights are assigned later, one by one.</summary>
    public bool IsMeta => Device.type == TorchSharp.DeviceType.META;
}
