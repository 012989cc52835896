using static TorchSharp.torch;

namespace Darkroom.Guidance;

/// <summary>The guidance scale as a vector, for networks that were distilled to take it as an input (latent consistency models).</summary>
public static class GuidanceScaleEmbedding
{
    /// <summary>[sin(1000 w f_i), cos(1000 w f_i)], f_i = 10000^(-i / (d/2 - 1)); an odd width ends in 0.</summary>
    /// <remarks>Luo et al. 2023, arXiv:2310.04378, as in diffusers; w is s - 1.</remarks>
    /// <param name="scales">w per item.</param>
    /// <param name="width">d, at least 4.</param>
    /// <returns>[B, d], float32; belongs to the caller's dispose scope.</returns>
    public static Tensor Of(IReadOnlyList<double> scales, int width = 512)
    {
        using var scope = NewDisposeScope();
        int half = width / 2;
        double[] frequencies = [.. Enumerable.Range(0, half).Select(i => Math.Exp(-i * Math.Log(10000) / (half - 1)))];
        var angles = outer(tensor(scales.Select(w => 1000 * w).ToArray(), ScalarType.Float64), tensor(frequencies, ScalarType.Float64));
        var embedding = cat([angles.sin(), angles.cos()], dim: 1);
        if (width % 2 == 1) embedding = cat([embedding, zeros([scales.Count, 1], ScalarType.Float64)], dim: 1);
        return embedding.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
