using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>The score over splits.</summary>
/// <param name="Mean">Over the splits: the score; from 1 to the number of classes, higher is better.</param>
/// <param name="StandardDeviation">Over the splits (divided by their number).</param>
/// <param name="Splits">How many there were.</param>
public sealed record InceptionScoreResult(double Mean, double StandardDeviation, int Splits);

/// <summary>exp(E_x KL(p(y|x) || p(y))): high where each picture is clearly of one class, and all classes occur.</summary>
/// <remarks>
/// Salimans et al. 2016, arXiv:1606.03498, sec. 4, with the mean over ten parts that is customary; pictures are shuffled first, as torch-fidelity
/// does (numpy's <c>RandomState(2020).permutation</c>).
/// </remarks>
public static class InceptionScore
{
    private const uint Seed = 2020;

    /// <summary>The score of a set.</summary>
    /// <param name="logits">[N, K], a classifier's scores before the softmax, any float dtype; not disposed.</param>
    /// <param name="splits">Parts of the set, each with a marginal p(y) of its own; at most N.</param>
    /// <exception cref="DarkroomException">InvalidRequest: no pictures. Numerical: NaN or infinity.</exception>
    public static InceptionScoreResult Of(Tensor logits, int splits = 10)
    {
        FeatureMatrix.Check(logits, 1, nameof(logits));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(splits);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        int count = (int)logits.shape[0];
        splits = Math.Min(splits, count);
        var order = tensor(new NumpyRandom(Seed).Permutation(count), ScalarType.Int64);
        var logProbabilities = logits.detach().cpu().to(ScalarType.Float64).index_select(0, order).log_softmax(1);
        var scores = new double[splits];
        for (int i = 0; i < splits; i++)
        {
            long first = (long)i * count / splits, end = (i + 1L) * count / splits;
            scores[i] = Score(logProbabilities.narrow(0, first, end - first));
        }
        double mean = scores.Average();
        return new(mean, Math.Sqrt(scores.Average(s => (s - mean) * (s - mean))), splits);
    }

    private static double Score(Tensor logProbabilities)
    {
        using var scope = NewDisposeScope();
        var probabilities = logProbabilities.exp();
        var logMarginal = probabilities.mean([0]).log();
        // p log p is 0 where p is 0, although log p may be -infinity there.
        var terms = where(probabilities > 0, probabilities * (logProbabilities - logMarginal), zeros_like(probabilities));
        return terms.sum([1]).mean().exp().item<double>();
    }
}
