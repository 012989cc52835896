using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// What is done after one evaluation of the score s: x' = State x + Score s + Noise z. Predictors of a reverse SDE and annealed Langevin dynamics are of this kind.
/// </summary>
internal readonly record struct ScoreUpdate(double State, double Score, double Noise)
{
    /// <summary>
    /// r of a Langevin corrector that takes its step from the norms of z and s: x' = x + e s + sqrt(2 e) z with e = 2 Score (r |z| / |s|)^2. Null for a plain update.
    /// </summary>
    public double? SignalToNoise { get; init; }

    /// <summary>The same without its noise: the mean of x'.</summary>
    public ScoreUpdate WithoutNoise => this with { Noise = 0 };

    /// <summary>A Langevin step of length e: x' = x + e s + sqrt(2 e) z.</summary>
    public static ScoreUpdate Langevin(double step) => new(1, step, Math.Sqrt(2 * step));

    /// <summary>x' and, for a Langevin corrector too, its mean without the noise.</summary>
    /// <param name="x">[B, ...].</param>
    /// <param name="score">As x.</param>
    /// <param name="z">As x.</param>
    /// <param name="normsOverBatch">Whether |z| and |s| are means over the batch, as in the authors' program, and not each picture's own.</param>
    public (Tensor Next, Tensor Mean) Apply(Tensor x, Tensor score, Tensor z, bool normsOverBatch)
    {
        if (SignalToNoise is not { } r)
        {
            var plain = WeightedSum.Of((State, x), (Score, score));
            return (Noise == 0 ? plain : plain.add(z, alpha: Noise), plain);
        }
        var quotient = normsOverBatch ? Norms(z).mean([0], keepdim: true) / Norms(score).mean([0], keepdim: true) : Norms(z) / Norms(score);
        var step = (quotient * r).square().mul_(2 * Score).reshape([quotient.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)]);
        var mean = x + step * score;
        return (mean + (step * 2).sqrt() * z, mean);
    }

    private static Tensor Norms(Tensor x) => x.flatten(1).square().sum(1).sqrt();
}
