using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>One step of a discretised linear SDE: x_{i+1} = x_i + Drift x_i + Diffusion z, with z unit noise.</summary>
/// <param name="Drift">The factor of x in f_i(x_i).</param>
/// <param name="Diffusion">G_i.</param>
public readonly record struct SdeStep(double Drift, double Diffusion);

/// <summary>
/// A forward process in continuous time: dx = f(t) x dt + g(t) dw, t from 0 (data) to 1 (noise), so that x(t) = alpha(t) x_0 + sigma(t) eps.
/// </summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, sec. 3 and app. B. It is reversed by dx = (f(t) x - g(t)^2 score) dt + g(t) dw (eq. 6), or without noise by the
/// probability-flow ODE dx = (f(t) x - g(t)^2 score / 2) dt (eq. 13), both with the score grad_x log p_t(x) = -E[eps | x] / sigma(t). Everything is float64 on
/// the host.
/// </remarks>
public abstract class Sde
{
    private protected Sde()
    {
    }

    /// <summary>What people call it: VP, sub-VP, VE.</summary>
    public abstract string Name { get; }

    /// <summary>The standard deviation of the noise that the reverse process starts from.</summary>
    public virtual double PriorDeviation => 1;

    /// <summary>eps, the time at which sampling ends, short of 0 where the score is too steep; the paper's value.</summary>
    public virtual double SamplingEnd => 1e-3;

    /// <summary>
    /// Whether the published networks of this process put out the score, to be multiplied by -sigma for eps; others put out eps.
    /// </summary>
    public virtual bool PredictsScore => false;

    /// <summary>f(t), the factor of x in the drift.</summary>
    /// <param name="t">0 .. 1.</param>
    public abstract double Drift(double t);

    /// <summary>g(t), the diffusion coefficient.</summary>
    /// <param name="t">0 .. 1.</param>
    public abstract double Diffusion(double t);

    /// <summary>alpha(t) and sigma(t), with what a continuously trained network is told of t.</summary>
    /// <param name="t">0 .. 1.</param>
    public abstract NoisePoint At(double t);

    /// <summary>The same for a network that was trained on N discrete levels.</summary>
    /// <param name="t">0 .. 1.</param>
    /// <param name="steps">N.</param>
    /// <exception cref="DarkroomException">This process has no discrete form.</exception>
    public virtual NoisePoint DiscreteAt(double t, int steps) => throw Without("discrete noise levels", "Use its continuous form, or the VP or VE SDE.");

    /// <summary>
    /// The forward step at time t when there are N: of the discrete process that the SDE is the limit of, where there is one, or Euler and Maruyama's
    /// (<see cref="EulerMaruyama"/>).
    /// </summary>
    /// <param name="t">0 .. 1.</param>
    /// <param name="steps">N.</param>
    public virtual SdeStep Discretise(double t, int steps) => EulerMaruyama(t, steps);

    /// <summary>f(t)/N and g(t)/sqrt(N).</summary>
    /// <param name="t">0 .. 1.</param>
    /// <param name="steps">N.</param>
    public SdeStep EulerMaruyama(double t, int steps) => new(Drift(t) / steps, Diffusion(t) / Math.Sqrt(steps));

    /// <summary>The standard deviation of the noise of an ancestral step at time t when there are N.</summary>
    /// <param name="t">0 .. 1.</param>
    /// <param name="steps">N.</param>
    /// <exception cref="DarkroomException">This process has no discrete form.</exception>
    public virtual double AncestralDeviation(double t, int steps) =>
        throw Without("ancestral sampling, as it has no discrete form", "Use the predictor reverse_diffusion or euler_maruyama.");

    /// <summary>The factor of a Langevin corrector's step at time t when there are N: alpha_i = 1 - beta_i of the discrete form, 1 for VE.</summary>
    /// <param name="t">0 .. 1.</param>
    /// <param name="steps">N.</param>
    public virtual double LangevinFactor(double t, int steps) => 1;

    /// <summary>log of the density of the noise that the reverse process starts from, N(0, PriorDeviation^2 I), per item and in nats.</summary>
    /// <param name="z">[B, ...].</param>
    /// <returns>[B], dtype of z; it belongs to the caller's dispose scope.</returns>
    public Tensor PriorLogDensity(Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        using var scope = NewDisposeScope();
        double variance = PriorDeviation * PriorDeviation;
        long dimensions = z.numel() / z.shape[0];
        return (z.flatten(1).square().sum(1) / (-2 * variance) - dimensions / 2.0 * Math.Log(2 * Math.PI * variance)).MoveToOuterDisposeScope();
    }

    /// <summary>The level of a time among N: int(t (N - 1)).</summary>
    private protected static int Level(double t, int steps) => (int)(t * (steps - 1));

    private DarkroomException Without(string what, string remedy) => new(ErrorKind.InvalidRequest, $"The {Name} SDE has no {what}.", "sde", remedy);
}
