using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Unit normal noise for one picture, drawn in the reference's order from one generator.</summary>
public interface INoiseSource
{
    /// <summary>The next tensor of standard normal numbers, drawn in float32 on the CPU and moved; the caller owns it.</summary>
    /// <param name="like">Its shape, dtype and device are those of the result.</param>
    torch.Tensor Next(torch.Tensor like);
}

/// <summary>Where a sampler stands after one evaluation of the network (two per step for second-order samplers such as Heun).</summary>
/// <param name="Index">0-based number of the evaluation just used.</param>
/// <param name="Count">How many evaluations there are in all.</param>
/// <param name="At">The point that x now lies on.</param>
/// <param name="X">The state, borrowed: valid during the call only.</param>
/// <param name="Denoised">The network's x_0 hat at the evaluation, borrowed.</param>
public readonly record struct SamplerState(int Index, int Count, NoisePoint At, torch.Tensor X, torch.Tensor Denoised);

/// <summary>
/// Called after every evaluation. It may return another x to go on from (inpainting blends the known part back in); null keeps x.
/// It throws OperationCanceledException to stop.
/// </summary>
public delegate torch.Tensor? AfterEvaluation(in SamplerState state);

/// <summary>What a sampler will do, decided before any tensor is touched: every evaluation point and every landing point.</summary>
/// <remarks>
/// Points[i] is where the network is evaluated for the i-th time, Points[^1] is where the result lies; a sampler of order one goes from
/// Points[i] to Points[i + 1]. A plan can be entered in the middle (img2img): <see cref="From"/>.
/// </remarks>
public sealed record SamplingPlan
{
    /// <summary>Evaluation points in order, then the final point.</summary>
    public required IReadOnlyList<NoisePoint> Points { get; init; }

    /// <summary>Factor of unit noise at the start of a picture from nothing (diffusers: init_noise_sigma).</summary>
    public required double InitialNoiseScale { get; init; }

    /// <summary>How many evaluations one user-visible step takes (2 for Heun and DPM2), diffusers' scheduler.order.</summary>
    public int Order { get; init; } = 1;

    /// <summary>Index into the full plan at which this one begins; not 0 after <see cref="From"/>.</summary>
    public int Start { get; init; }

    /// <summary>How many evaluations are to be made.</summary>
    public int Evaluations => Points.Count - 1 - Start;

    /// <summary>The same plan, entered at evaluation <paramref name="start"/> of the full plan.</summary>
    public SamplingPlan From(int start) => this with { Start = start };
}

/// <summary>A way of going from noise to a picture along a plan.</summary>
public interface ISampler
{
    /// <summary>Runs the plan from x, which lies on Points[plan.Start].</summary>
    /// <param name="denoiser">The model.</param>
    /// <param name="x">[B, C, h, w], not disposed.</param>
    /// <param name="plan">Made by this sampler.</param>
    /// <param name="noise">Where stochastic samplers draw.</param>
    /// <param name="after">Called after every evaluation; may be null.</param>
    /// <returns>x at the last point; the caller owns it.</returns>
    torch.Tensor Sample(IDenoiser denoiser, torch.Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null);
}
