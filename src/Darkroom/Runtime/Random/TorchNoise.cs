using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>The noise of one picture as diffusers draws it with <c>torch.Generator("cpu").manual_seed(seed)</c>: float32 on the CPU, then moved.</summary>
/// <remarks>Bits are those of <see cref="TorchGenerator"/>, the same on every machine and device.</remarks>
public sealed class TorchNoise : INoiseSource
{
    private readonly TorchGenerator _generator;

    /// <summary>Noise from the head of a seed's stream.</summary>
    public TorchNoise(long seed)
        : this(new TorchGenerator(seed))
    {
    }

    /// <summary>Noise from where a generator stands; both then advance together.</summary>
    public TorchNoise(TorchGenerator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        _generator = generator;
    }

    /// <inheritdoc/>
    public Tensor Next(Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        return HostNoise.ToTensor(_generator.Randn, like);
    }
}
