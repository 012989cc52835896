using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>Which stream a seed names.</summary>
public enum NoiseSourceKind
{
    /// <summary>torch's CPU generator; A1111 writes "CPU".</summary>
    Torch,

    /// <summary>A graphics card's generator on the host; A1111 writes "NV".</summary>
    Philox,
}

/// <summary>What the noise of one picture is made of, as A1111 has it.</summary>
public sealed record ImageNoiseOptions
{
    /// <summary>The picture's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Which stream seeds name.</summary>
    public NoiseSourceKind Source { get; init; }

    /// <summary>Seed of the noise that the first noise is turned towards.</summary>
    public long VariationSeed { get; init; }

    /// <summary>How far it is turned: 0 not at all, 1 wholly.</summary>
    public double VariationStrength { get; init; }

    /// <summary>Latent height and width (an eighth of the picture's) of the size that the seed was used with; null for the same.</summary>
    public (int Height, int Width)? ResizeFrom { get; init; }

    /// <summary>Added to the seed for all noise but the first (A1111's ENSD); 0 goes on in the same stream.</summary>
    public long NoiseSeedDelta { get; init; }
}

/// <summary>
/// The noise of one picture: the first draw is what the picture starts from, with variation and size transfer; later ones are the sampler's.
/// </summary>
/// <remarks>The same numbers as A1111 1.10 draws; the first equals <see cref="TorchNoise"/> where no option is used.</remarks>
public sealed class ImageNoise : INoiseSource
{
    private readonly ImageNoiseOptions _options;
    private HostNoise.Fill _draw;
    private bool _started;

    /// <summary>Noise at its beginning.</summary>
    public ImageNoise(ImageNoiseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _draw = Stream(options.Seed);
    }

    /// <inheritdoc/>
    /// <remarks>The first call takes [C, h, w] or [1, C, h, w].</remarks>
    public Tensor Next(Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        if (_started) return HostNoise.ToTensor(_draw, like);
        _started = true;
        using var scope = NewDisposeScope();
        var first = First(like.shape[^3..]).reshape(like.shape).to(like.dtype, like.device);
        if (_options.NoiseSeedDelta != 0) _draw = Stream(_options.Seed + _options.NoiseSeedDelta);
        return first.MoveToOuterDisposeScope();
    }

    /// <summary>Spherical interpolation, 0 = low, 1 = high, along the rows' axis as A1111 does it.</summary>
    /// <remarks>
    /// With omega the angle between columns of the two, (sin((1 - v) omega) low + sin(v omega) high) / sin(omega); where they are parallel on
    /// average (cosine above 0.9995), low v + high (1 - v), the ends being swapped there as in A1111.
    /// </remarks>
    /// <param name="low">[C, h, w], float32.</param>
    /// <param name="high">The same shape.</param>
    /// <param name="value">v.</param>
    internal static Tensor Slerp(Tensor low, Tensor high, double value)
    {
        using var scope = NewDisposeScope();
        var dot = (low / low.norm(1, keepdim: true) * (high / high.norm(1, keepdim: true))).sum(1);
        if (dot.mean().item<float>() > 0.9995) return (low * value + high * (1 - value)).MoveToOuterDisposeScope();
        var omega = dot.acos();
        var sine = omega.sin();
        return (((1 - value) * omega).sin().div(sine).unsqueeze(1) * low + (value * omega).sin().div(sine).unsqueeze(1) * high).MoveToOuterDisposeScope();
    }

    private HostNoise.Fill Stream(long seed) =>
        _options.Source == NoiseSourceKind.Philox ? new PhiloxGenerator(seed).Randn : new TorchGenerator(seed).Randn;

    /// <summary>[C, h, w]. Noise of another size comes from the head of the seed's stream, as does what surrounds it.</summary>
    private Tensor First(long[] shape)
    {
        long[] drawn = _options.ResizeFrom is { } from ? [shape[0], from.Height, from.Width] : shape;
        bool resized = drawn[1] != shape[1] || drawn[2] != shape[2];
        var noise = HostNoise.ToTensor(resized ? Stream(_options.Seed) : _draw, drawn);
        if (_options.VariationStrength != 0)
            noise = Slerp(noise, HostNoise.ToTensor(Stream(_options.VariationSeed), drawn), _options.VariationStrength);
        if (!resized) return noise;

        // The middle of the smaller is laid into the middle of the larger, along each axis; the difference is halved downwards.
        var result = HostNoise.ToTensor(_draw, shape);
        var (top, cutTop, height) = Overlap(shape[1], drawn[1]);
        var (left, cutLeft, width) = Overlap(shape[2], drawn[2]);
        result.narrow(1, top, height).narrow(2, left, width).copy_(noise.narrow(1, cutTop, height).narrow(2, cutLeft, width));
        return result;

        static (long At, long Cut, long Length) Overlap(long outer, long inner)
        {
            long offset = (outer - inner) >> 1;
            return offset >= 0 ? (offset, 0, inner) : (0, -offset, Math.Min(inner + 2 * offset, outer));
        }
    }
}
