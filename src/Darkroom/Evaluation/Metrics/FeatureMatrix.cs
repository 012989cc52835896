using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>What every measure asks of its features, checked in one place.</summary>
internal static class FeatureMatrix
{
    /// <summary>Throws unless the features are a matrix of finite numbers with enough rows.</summary>
    /// <param name="features">[N, D].</param>
    /// <param name="fewest">The least N that the measure is defined for.</param>
    /// <param name="name">What errors call the set, such as "real".</param>
    /// <exception cref="DarkroomException">InvalidRequest: too few pictures. Numerical: NaN or infinity.</exception>
    public static void Check(Tensor features, long fewest, string name)
    {
        if (features.dim() != 2) throw new ArgumentException($"Features are [N, D], not [{string.Join(", ", features.shape)}].", nameof(features));
        if (features.shape[0] < fewest)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"There are {features.shape[0]} pictures; at least {fewest} are needed.", name);
        using var finite = features.isfinite().all();
        if (!finite.item<bool>()) throw new DarkroomException(ErrorKind.Numerical, "Its features hold NaN or infinity.", name);
    }

    /// <summary>Checks two sets that are compared.</summary>
    /// <inheritdoc cref="Check"/>
    public static void CheckPair(Tensor real, Tensor generated, long fewest)
    {
        Check(real, fewest, "real");
        Check(generated, fewest, "generated");
        if (real.shape[1] != generated.shape[1])
            throw new ArgumentException($"The sets have {real.shape[1]} and {generated.shape[1]} features.", nameof(generated));
    }
}
