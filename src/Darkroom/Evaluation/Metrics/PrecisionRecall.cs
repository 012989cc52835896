using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>Fidelity and diversity as two numbers.</summary>
/// <param name="Precision">Share of generated pictures that lie within the manifold of the real ones: fidelity.</param>
/// <param name="Recall">Share of real pictures that lie within the manifold of the generated ones: diversity.</param>
public sealed record PrecisionRecallResult(double Precision, double Recall);

/// <summary>Improved precision and recall: a set's manifold is the union of balls around its points, each reaching to its k-th neighbour.</summary>
/// <remarks>Kynkaanniemi et al. 2019, arXiv:1904.06991, eq. 1 and 2, Euclidean distances, k = 3 as in sec. 3; computed in float64, in blocks of rows.</remarks>
public static class PrecisionRecall
{
    private const int Block = 1024;

    /// <summary>Precision and recall of a generated set.</summary>
    /// <param name="real">[N, D], any float dtype; not disposed.</param>
    /// <param name="generated">[M, D].</param>
    /// <param name="neighbours">k.</param>
    /// <exception cref="DarkroomException">InvalidRequest: a set has no k + 1 pictures. Numerical: NaN or infinity.</exception>
    public static PrecisionRecallResult Between(Tensor real, Tensor generated, int neighbours = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neighbours);
        FeatureMatrix.CheckPair(real, generated, neighbours + 1);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor x = real.detach().cpu().to(ScalarType.Float64), y = generated.detach().cpu().to(ScalarType.Float64);
        return new(ShareWithin(y, x, Radii(x, neighbours)), ShareWithin(x, y, Radii(y, neighbours)));
    }

    /// <summary>Squared distances from each point to its k-th neighbour, itself not counted; [N].</summary>
    private static Tensor Radii(Tensor points, int neighbours)
    {
        var radii = Blocks(points, (block, first) =>
        {
            var distances = SquaredDistances(block, points);
            for (long i = 0; i < block.shape[0]; i++) distances[i, first + i] = double.PositiveInfinity;
            return distances.topk(neighbours, dim: 1, largest: false).values.amax([1]);
        });
        return cat(radii);
    }

    /// <summary>The share of points that lie in at least one ball, edge included.</summary>
    private static double ShareWithin(Tensor points, Tensor centres, Tensor radii)
    {
        var within = Blocks(points, (block, _) => (SquaredDistances(block, centres) <= radii).any(dim: 1).sum());
        return within.Sum(w => w.item<long>()) / (double)points.shape[0];
    }

    private static List<Tensor> Blocks(Tensor points, Func<Tensor, long, Tensor> compute)
    {
        var results = new List<Tensor>();
        for (long first = 0; first < points.shape[0]; first += Block)
        {
            using var scope = NewDisposeScope();
            results.Add(compute(points.narrow(0, first, Math.Min(Block, points.shape[0] - first)), first).MoveToOuterDisposeScope());
        }
        return results;
    }

    private static Tensor SquaredDistances(Tensor x, Tensor y)
    {
        // Differences, and not |x|^2 + |y|^2 - 2xy, so that equal pictures are at distance 0 exactly.
        using var scope = NewDisposeScope();
        var distances = cdist(x, y, 2, compute_mode.donot_use_mm_for_euclid_dist);
        return distances.square().MoveToOuterDisposeScope();
    }
}
