using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>Gives stored noise in its order and fails where more is asked for than there is.</summary>
internal sealed class RecordedNoise(Tensor? rows) : INoiseSource
{
    public int Drawn { get; private set; }

    public int Available => rows is null ? 0 : (int)rows.shape[0];

    public Tensor Next(Tensor like)
    {
        if (Drawn >= Available) throw new InvalidOperationException($"Noise {Drawn + 1} is drawn, but the reference draws {Available}.");
        return rows!.select(0, Drawn++).to_type(like.dtype).clone();
    }
}

/// <summary>No noise: a deterministic sampler must not draw.</summary>
internal sealed class NoNoise : INoiseSource
{
    public Tensor Next(Tensor like) => throw new InvalidOperationException("A deterministic sampler draws noise.");
}

/// <summary>Zeros: for references that draw noise, don't use it and don't record it.</summary>
internal sealed class ZeroNoise : INoiseSource
{
    public Tensor Next(Tensor like) => zeros_like(like);
}
