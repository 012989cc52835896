using Darkroom.Evaluation.Statistics;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Metrics;

/// <summary>Mean and covariance of the features of a set of pictures: all that the Frechet distance needs to know of the set.</summary>
/// <remarks>Saved as pytorch-fid does, an .npz of <c>mu</c> and <c>sigma</c>, so that either program reads the other's files.</remarks>
public sealed class FeatureStatistics
{
    /// <summary>From a mean and a covariance, which are kept and not copied.</summary>
    /// <param name="mean">mu, D numbers.</param>
    /// <param name="covariance">Sigma, D x D numbers row by row, symmetric.</param>
    public FeatureStatistics(double[] mean, double[] covariance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(covariance);
        if (mean.Length == 0 || covariance.LongLength != (long)mean.Length * mean.Length)
            throw new ArgumentException($"{mean.Length} means need a covariance of their square, not of {covariance.Length} numbers.", nameof(covariance));
        (Mean, Covariance) = (mean, covariance);
    }

    /// <summary>mu, D numbers.</summary>
    public double[] Mean { get; }

    /// <summary>Sigma, D x D numbers row by row.</summary>
    public double[] Covariance { get; }

    /// <summary>D.</summary>
    public int FeatureCount => Mean.Length;

    /// <summary>mu = 1/N sum f_n and Sigma = 1/(N-1) sum (f_n - mu)(f_n - mu)^T, in float64; numpy's <c>mean</c> and <c>cov</c>.</summary>
    /// <param name="features">[N, D], any float dtype; not disposed.</param>
    /// <exception cref="DarkroomException">InvalidRequest: fewer than two rows. Numerical: NaN or infinity.</exception>
    public static FeatureStatistics Of(Tensor features)
    {
        FeatureMatrix.Check(features, 2, nameof(features));
        using var scope = NewDisposeScope();
        var rows = features.detach().cpu().to(ScalarType.Float64);
        var mean = rows.mean([0]);
        var centred = rows - mean;
        var covariance = centred.transpose(0, 1).matmul(centred) / (rows.shape[0] - 1);
        return new(mean.data<double>().ToArray(), covariance.contiguous().data<double>().ToArray());
    }

    /// <summary>Reads <c>mu</c> and <c>sigma</c> from an .npz.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: damaged, of other shapes, not symmetric or not finite.</exception>
    public static FeatureStatistics Load(string path) => StatisticsFile.Read(path);

    /// <summary>Writes <c>mu</c> [D] and <c>sigma</c> [D, D] to an .npz, in float64; the same numbers always give the same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="DarkroomException">OutputFailed.</exception>
    public void Save(string path, bool overwrite = false) => StatisticsFile.Write(this, path, overwrite);
}
