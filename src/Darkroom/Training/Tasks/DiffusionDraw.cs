using Darkroom.Diffusion;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>What is drawn for one step of diffusion training, and its loss.</summary>
/// <remarks>
/// Ho et al. 2020, arXiv:2006.11239, algorithm 1. Drawn in the order of the usual scripts: noise, then timesteps; conditions are dropped after that.
/// An adaptive distribution of timesteps takes one uniform number of float64 per item, and its loss is weighted by 1 / (T p_t).
/// </remarks>
internal sealed class DiffusionDraw : IPixelDraw
{
    private readonly TrainingObjective _objective;
    private readonly Tensor _x0;
    private readonly Tensor _noise;
    private readonly TimestepDraw? _importance;

    /// <summary>Draws eps and t for x0; the tensors belong to the caller's dispose scope.</summary>
    /// <param name="objective">What is learned.</param>
    /// <param name="x0">[B, ...].</param>
    /// <param name="random">Where to draw.</param>
    /// <param name="sampler">The distribution of timesteps; null for uniform.</param>
    public DiffusionDraw(TrainingObjective objective, Tensor x0, TorchGenerator random, ITimestepSampler? sampler = null)
    {
        (_objective, _x0) = (objective, x0);
        _noise = new TorchNoise(random).Next(x0);
        Steps = new long[x0.shape[0]];
        if (sampler is null)
        {
            random.RandInt(Steps, 0, objective.Process.Forward.Schedule.Count);
        }
        else
        {
            _importance = sampler.Draw(Steps.Length, () => Uniform(random));
            Steps = _importance.Value.Timesteps;
        }
        Timesteps = tensor(Steps, device: x0.device);
        Noisy = objective.Process.Forward.AddNoise(x0, _noise, Timesteps);
    }

    /// <summary>t per item.</summary>
    public long[] Steps { get; }

    /// <summary>t, [B], int64.</summary>
    public Tensor Timesteps { get; }

    /// <summary>x_t, as x0: what the network sees.</summary>
    public Tensor Noisy { get; }

    Tensor IPixelDraw.Input => Noisy;

    Tensor IPixelDraw.Time => Timesteps;

    /// <summary>The mean loss of a batch, given the network's output at (x_t, t).</summary>
    public Tensor Loss(Tensor output) => Losses(output).Loss;

    /// <summary>The mean loss of a batch, weighted where timesteps aren't uniform, and the losses per item without weights.</summary>
    public (Tensor Loss, Tensor Items) Losses(Tensor output)
    {
        var items = _objective.Losses(output, _x0, _noise, Noisy, Timesteps).Loss;
        if (_importance is not { } drawn) return (items.mean(), items);
        float[] weights = [.. drawn.Weights.Select(w => (float)w)];
        return ((items * tensor(weights, device: items.device)).mean(), items);
    }

    private static double Uniform(TorchGenerator random)
    {
        Span<double> one = stackalloc double[1];
        random.Rand(one);
        return one[0];
    }
}
