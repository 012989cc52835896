using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Unit normal noise for one picture, drawn in the reference's order from one generator.</summary>
public interface INoiseSource
{
    /// <summary>
    /// The next tensor of standard normal numbers, drawn in float32 on the CPU and moved; the caller owns it.
    /// </summary>
    /// <param name="like">Its shape, dtype and device are those of the result.</param>
    torch.Tensor Next(torch.Tensor like);

    /// <summary>
    /// Standard normal noise for the SDE step from one noise level to another. A plain generator just draws; a Brownian
    /// tree gives the normalised increment (W(to) - W(from)) / sqrt|to - from|, the same whatever the steps between.
    /// </summary>
    /// <param name="sigmaFrom">sigma / alpha where the step begins.</param>
    /// <param name="sigmaTo">sigma / alpha where it ends.</param>
    /// <param name="like">Its shape, dtype and device are those of the result.</param>
    torch.Tensor Between(double sigmaFrom, double sigmaTo, torch.Tensor like) => Next(like);
}

/// <summary>
/// Where a sampler stands after one evaluation of the network (two per step for second-order samplers such as Heun).
/// </summary>
/// <param name="Index">0-based number of the evaluation just used, counted from where the plan was entered.</param>
/// <param name="Count">How many evaluations there are in all.</param>
/// <param name="At">The point that x now lies on.</param>
/// <param name="X">The state, borrowed: valid during the call only.</param>
/// <param name="Denoised">The network's x_0 hat at the evaluation, borrowed.</param>
public readonly record struct SamplerState(int Index, int Count, NoisePoint At, torch.Tensor X, torch.Tensor Denoised)
{
    /// <summary>
    /// Where the network is evaluated next, or the final point after the last evaluation. It is <see cref="At"/> except
    /// where a reference's spacing lands beside its next timestep (DDIM and PNDM of diffusers with linspace or trailing
    /// spacing).
    /// </summary>
    public NoisePoint Next { get; init; }

    /// <summary>Whether a whole step is done: false between the stages of a step of second or higher order.</summary>
    public bool StepDone { get; init; }
}

/// <summary>
/// Called after every evaluation. It may return another x to go on from (inpainting blends the known part back in);
/// null keeps x. Tensors made in the call are freed by the sampler. It throws OperationCanceledException to stop.
/// </summary>
public delegate torch.Tensor? AfterEvaluation(in SamplerState state);

/// <summary>What the update after one evaluation spans: from where its step began to where it lands.</summary>
/// <param name="From">Where x lay when the step began.</param>
/// <param name="To">Where x lies after the update.</param>
public readonly record struct SamplingMove(NoisePoint From, NoisePoint To);

/// <summary>
/// What a sampler will do, decided before any tensor is touched: every evaluation point and every landing point.
/// </summary>
/// <remarks>
/// Points[i] is where the network is evaluated for the i-th time, Points[^1] is where the result lies; a sampler of
/// order one goes from Points[i] to Points[i + 1]. A plan can be entered in the middle (img2img): <see cref="From"/>.
/// </remarks>
public sealed record SamplingPlan
{
    /// <summary>Evaluation points in order, then the final point.</summary>
    public required IReadOnlyList<NoisePoint> Points { get; init; }

    /// <summary>Factor of unit noise at the start of a picture from nothing (diffusers: init_noise_sigma).</summary>
    public required double InitialNoiseScale { get; init; }

    /// <summary>
    /// What each update spans, one entry per evaluation, where it isn't simply Points[i] to Points[i + 1]: the stages
    /// of a step of higher order, and references whose step length is not the distance of their timesteps. Null where
    /// it is.
    /// </summary>
    public IReadOnlyList<SamplingMove>? Moves { get; init; }

    /// <summary>
    /// The moves of a plan entered at an evaluation, where they are others than those of the full plan; null where they
    /// are the same.
    /// </summary>
    internal Func<int, IReadOnlyList<SamplingMove>>? MovesFrom { get; init; }

    /// <summary>
    /// The float32 noise levels at which a reference's Brownian path is looked up, one per step and then the end; null
    /// for those of the points. Such a path is resolved to 1e-6, so that their last bits matter.
    /// </summary>
    internal IReadOnlyList<double>? BrownianLevels { get; init; }

    /// <summary>
    /// How many evaluations one user-visible step takes (2 for Heun and DPM2), diffusers' scheduler.order.
    /// </summary>
    public int Order { get; init; } = 1;

    /// <summary>Index into the full plan at which this one begins; not 0 after <see cref="From"/>.</summary>
    public int Start { get; init; }

    /// <summary>How many evaluations are to be made.</summary>
    public int Evaluations => Points.Count - 1 - Start;

    /// <summary>The same plan, entered at evaluation <paramref name="start"/> of the full plan.</summary>
    /// <remarks>
    /// diffusers enters at <c>t_start * scheduler.order</c>, k-diffusion at <c>sigmas[start:]</c> (its second-order
    /// steps: start * Order). The picture is noised to Points[start]: x = Alpha x_0 + Sigma noise.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">start is not an evaluation of the plan.</exception>
    public SamplingPlan From(int start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, Points.Count);
        return this with { Start = start, Moves = MovesFrom?.Invoke(start) ?? Moves };
    }

    /// <summary>What the update after evaluation <paramref name="index"/> (of the full plan) spans.</summary>
    public SamplingMove MoveAt(int index) => Moves is null ? new(Points[index], Points[index + 1]) : Moves[index];
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
