using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>The likelihood of data under a score-based model: log p_0(x_0) = log p_1(x_1) + the integral of div dx/dt along the probability-flow ODE.</summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, sec. 4.3 and app. D.2, eq. 39. The divergence is v^T (d slope / dx) v for a random probe v with E[v v^T] = I (Hutchinson; Skilling),
/// which is right on average, or exactly the trace, at D backward passes per evaluation. For 8-bit pictures the density is made a probability per cell of 2/256: a
/// model of continuous data is compared with discrete ones only when the data are dequantised (uniform noise within the cell).
/// </remarks>
/// <param name="BitsPerDimension">[B], -log2 p per number of an item, plus the offset.</param>
/// <param name="Latents">x_1, as the data.</param>
/// <param name="Evaluations">How often the network was evaluated.</param>
public sealed record OdeLikelihood(Tensor BitsPerDimension, Tensor Latents, int Evaluations)
{
    /// <summary>The offset for 8-bit data scaled to [-1, 1], whose cells are 2/256 wide: 7 bits. It is 8 for data in [0, 1] and 0 for a density.</summary>
    public const double PictureOffset = 7;

    /// <summary>Evaluates a batch; one step control for all of it.</summary>
    /// <param name="sde">The process that the model was trained on.</param>
    /// <param name="denoiser">The model; gradients must flow through it.</param>
    /// <param name="x0">[B, ...]; not disposed.</param>
    /// <param name="probe">v, as x0, see <see cref="Probe"/>; null for the exact trace.</param>
    /// <param name="offset">Bits that are added, see <see cref="PictureOffset"/>.</param>
    /// <param name="start">eps, where the integral begins, as the score is too steep at 0.</param>
    /// <param name="relativeTolerance">rtol.</param>
    /// <param name="absoluteTolerance">atol.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Tensors of the caller's dispose scope; the bits are float64.</returns>
    /// <exception cref="DarkroomException">The tolerances cannot be met, or a number is not finite.</exception>
    public static OdeLikelihood Evaluate(Sde sde, IDenoiser denoiser, Tensor x0, Tensor? probe, double offset = PictureOffset,
        double start = ScoreObjective.SmallestTime, double relativeTolerance = 1e-5, double absoluteTolerance = 1e-5, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sde);
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(x0);
        using var scope = NewDisposeScope();
        long items = x0.shape[0], dimensions = x0.numel() / items;

        // The probe estimates the trace of the linear part too: |v|^2 for D, which differs for normal numbers.
        var identity = probe is null ? full([items], dimensions, ScalarType.Float64, x0.device) : probe.to(ScalarType.Float64).square().flatten(1).sum(1);

        // y holds the items' numbers and then the integral of each item.
        Tensor Slope(double t, Tensor y)
        {
            var at = sde.At(t);
            double drift = sde.Drift(t), factor = Math.Pow(sde.Diffusion(t), 2) / (2 * at.Sigma);
            var flat = y.narrow(0, 0, items * dimensions);
            var (epsilon, divergence) = Divergence(denoiser, flat.reshape(x0.shape).to(x0.dtype), at, probe);
            return cat([drift * flat + factor * epsilon.to(ScalarType.Float64).flatten(), drift * identity + factor * divergence.to(ScalarType.Float64)]);
        }

        var begin = cat([x0.to(ScalarType.Float64).flatten(), zeros([items], ScalarType.Float64, x0.device)]);
        using var solver = new DormandPrince(Slope, start, begin, 1, relativeTolerance, absoluteTolerance, maximumEvaluations: 100_000);
        while (solver.Step()) cancellation.ThrowIfCancellationRequested();

        var latents = solver.State.narrow(0, 0, items * dimensions).reshape(x0.shape);
        var log = sde.PriorLogDensity(latents) + solver.State.narrow(0, items * dimensions, items);
        var bits = log / (-Math.Log(2) * dimensions) + offset;
        latents = latents.to(x0.dtype);
        scope.MoveToOuter([bits, latents]);
        return new(bits, latents, solver.Evaluations);
    }

    /// <summary>A random probe: signs (Rademacher, of the least variance) or normal numbers, in float32.</summary>
    /// <param name="like">The data.</param>
    /// <param name="generator">Draws it.</param>
    /// <param name="gaussian">Normal numbers in place of signs.</param>
    public static Tensor Probe(Tensor like, Generator generator, bool gaussian = false)
    {
        ArgumentNullException.ThrowIfNull(like);
        using var scope = NewDisposeScope();
        var drawn = gaussian ? randn(like.shape, ScalarType.Float32, CPU, generator: generator)
            : randint(0, 2, like.shape, ScalarType.Float32, CPU, generator: generator) * 2 - 1;
        return drawn.to(like.dtype, like.device).MoveToOuterDisposeScope();
    }

    // eps hat, and v^T (d eps hat / dx) v or the trace of d eps hat / dx, per item.
    private static (Tensor Epsilon, Tensor Divergence) Divergence(IDenoiser denoiser, Tensor state, NoisePoint at, Tensor? probe)
    {
        using var gradients = enable_grad();
        var x = state.detach().requires_grad_();
        var epsilon = denoiser.Predict(x, at).Epsilon;
        Tensor Backward(Tensor direction, bool keep) => autograd.grad([epsilon], [x], [direction], retain_graph: keep)[0];
        if (probe is not null)
        {
            var v = probe.to(epsilon.dtype);
            return (epsilon.detach(), (Backward(v, keep: false) * v).flatten(1).sum(1));
        }
        int dimensions = (int)(x.numel() / x.shape[0]);
        var trace = zeros([x.shape[0]], x.dtype, x.device);
        for (int d = 0; d < dimensions; d++)
        {
            using var scope = NewDisposeScope();
            var unit = zeros([x.shape[0], dimensions], x.dtype, x.device);
            unit.select(1, d).fill_(1);
            trace.add_(Backward(unit.reshape(x.shape), keep: d < dimensions - 1).reshape(x.shape[0], -1).select(1, d));
        }
        return (epsilon.detach(), trace);
    }
}
