using Darkroom.Diffusion;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>What is drawn for one step of diffusion training, and its loss.</summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, algorithm 1. Drawn in the order of the usual scripts: noise, then timesteps; conditions are dropped after that.</remarks>
internal sealed class DiffusionDraw
{
    private readonly TrainingObjective _objective;
    private readonly Tensor _x0;
    private readonly Tensor _noise;

    /// <summary>Draws eps and t for x0; the tensors belong to the caller's dispose scope.</summary>
    public DiffusionDraw(TrainingObjective objective, Tensor x0, TorchGenerator random)
    {
        (_objective, _x0) = (objective, x0);
        _noise = new TorchNoise(random).Next(x0);
        var steps = new long[x0.shape[0]];
        random.RandInt(steps, 0, objective.Process.Forward.Schedule.Count);
        Timesteps = tensor(steps, device: x0.device);
        Noisy = objective.Process.Forward.AddNoise(x0, _noise, Timesteps);
    }

    /// <summary>t, [B], int64.</summary>
    public Tensor Timesteps { get; }

    /// <summary>x_t, as x0: what the network sees.</summary>
    public Tensor Noisy { get; }

    /// <summary>The mean loss of a batch, given the network's output at (x_t, t).</summary>
    public Tensor Loss(Tensor output) => _objective.Losses(output, _x0, _noise, Noisy, Timesteps).Loss.mean();
}
