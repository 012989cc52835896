using Darkroom.Schedules;

namespace Darkroom.Diffusion;

/// <summary>
/// The variance-preserving SDE that runs through the AlphaBar of a discrete schedule: alpha(t)^2 = AlphaBar at timestep t (T - 1), and beta(t) = -d ln alpha(t)^2 / dt.
/// </summary>
/// <remarks>
/// Between timesteps ln AlphaBar is a cubic with the slopes of central differences (Hermite), so that beta is continuous, which the error control of an ODE solver needs.
/// Its time 0 is timestep 0, which has a little noise, so that sampling can go down to it.
/// </remarks>
internal sealed class ScheduleSde : Sde
{
    private readonly double[] _log;
    private readonly double[] _slopes;

    /// <param name="schedule">At least two timesteps; AlphaBar above 0.</param>
    public ScheduleSde(NoiseSchedule schedule)
    {
        if (schedule.Count < 2)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"A continuous process needs a schedule of at least 2 timesteps, but there are {schedule.Count}.", "schedule");
        _log = [.. schedule.AlphaBar.ToArray().Select(a => Math.Log(a))];
        _slopes = [.. _log.Select((_, i) =>
        {
            int low = Math.Max(i - 1, 0), high = Math.Min(i + 1, _log.Length - 1);
            return (_log[high] - _log[low]) / (high - low);
        })];
    }

    public override string Name => "VP";

    public override double SamplingEnd => 0;

    public override double Drift(double t) => -0.5 * Beta(t);

    public override double Diffusion(double t) => Math.Sqrt(Beta(t));

    public override NoisePoint At(double t)
    {
        double log = Interpolate(t).Value;
        return new(t * (_log.Length - 1), Math.Exp(log / 2), Math.Sqrt(-LinearBeta.Expm1(log)));
    }

    private double Beta(double t) => Math.Max(0, -Interpolate(t).Slope * (_log.Length - 1));

    private (double Value, double Slope) Interpolate(double t)
    {
        double timestep = Math.Clamp(t, 0, 1) * (_log.Length - 1);
        int i = Math.Min((int)timestep, _log.Length - 2);
        double u = timestep - i, rest = 1 - u, rise = _log[i + 1] - _log[i], from = _slopes[i], to = _slopes[i + 1];
        double value = _log[i] + rise * u * u * (3 - 2 * u) + u * rest * (from * rest - to * u);
        double slope = 6 * rise * u * rest + from * rest * (1 - 3 * u) + to * u * (3 * u - 2);
        return (value, slope);
    }
}
