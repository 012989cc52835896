using CsCheck;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Metrics;

/// <summary>Sets of features to measure.</summary>
internal static class FeatureSets
{
    /// <summary>N x D standard normal numbers, the same for the same seed.</summary>
    public static Tensor Normal(int count, int features, ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        return randn([count, features], ScalarType.Float64, generator: generator);
    }

    /// <summary>Small matrices with their sizes.</summary>
    public static Gen<(int Count, int Features, ulong Seed)> Sizes { get; } =
        Gen.Select(Gen.Int[6, 30], Gen.Int[1, 8], Gen.ULong[0, 1000], (n, d, s) => (n, d, s));
}
