namespace Darkroom.Schedules;

/// <summary>How N inference timesteps are taken from T training timesteps; table 2 of Lin et al. 2023, arXiv:2305.08891.</summary>
public enum TimestepSpacing
{
    /// <summary>0, r, 2r, ... with r = T div N: never reaches T-1.</summary>
    Leading,

    /// <summary>N points from 0 to T-1, both included.</summary>
    Linspace,

    /// <summary>T-1, T-1-T/N, ...: always includes T-1.</summary>
    Trailing,
}

/// <summary>The timesteps at which a network is evaluated, in descending order, as diffusers' schedulers choose them.</summary>
public static class SpacedTimesteps
{
    /// <summary>N timesteps as DDPM, DDIM, PNDM and, unrounded, Euler, Heun, LMS and DPM2 take them.</summary>
    /// <remarks>Ties are rounded to even, with NumPy's float64 operations.</remarks>
    /// <param name="spacing">The rule.</param>
    /// <param name="trainingSteps">T.</param>
    /// <param name="steps">N, 1 .. T. Trailing spacing can give one step more where T / N is not exact in binary.</param>
    /// <param name="offset">steps_offset, added in leading spacing only.</param>
    /// <param name="round">False leaves linspace's fractions (diffusers' Euler family).</param>
    /// <exception cref="DarkroomException">N or the offset is out of range.</exception>
    public static double[] Of(TimestepSpacing spacing, int trainingSteps, int steps, int offset = 0, bool round = true)
    {
        Require(trainingSteps, steps, offset);
        double[] timesteps = spacing switch
        {
            TimestepSpacing.Leading => Multiples(trainingSteps / steps, steps, offset),
            TimestepSpacing.Linspace => [.. Grid.Linspace(0, trainingSteps - 1, steps).Select(t => round ? Math.Round(t) : t).Reverse()],
            _ => Trailing(trainingSteps, trainingSteps, steps),
        };
        return Within(timesteps, trainingSteps);
    }

    /// <summary>
    /// N timesteps as the exponential integrators (DPM-Solver, DEIS, UniPC, SA-Solver) take them: the first N of N + 1 points, because their last
    /// step ends at a noise level of its own.
    /// </summary>
    /// <param name="spacing">The rule.</param>
    /// <param name="trainingSteps">T.</param>
    /// <param name="steps">N.</param>
    /// <param name="offset">steps_offset, added in leading spacing only.</param>
    /// <param name="usable">How many of the T timesteps may be used (lambda_min_clipped); null for all.</param>
    /// <exception cref="DarkroomException">N or the offset is out of range.</exception>
    public static double[] OfIntegrator(TimestepSpacing spacing, int trainingSteps, int steps, int offset = 0, int? usable = null)
    {
        Require(trainingSteps, steps, offset);
        int last = usable ?? trainingSteps;
        if (spacing != TimestepSpacing.Trailing && steps >= last)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"It is {steps}, but {last} timesteps allow at most {last - 1}.", "steps");
        double[] timesteps = spacing switch
        {
            TimestepSpacing.Leading => [.. Multiples(last / (steps + 1), steps + 1, offset).SkipLast(1)],
            TimestepSpacing.Linspace => [.. Grid.Linspace(0, last - 1, steps + 1).Select(t => Math.Round(t)).Reverse().SkipLast(1)],
            _ => Trailing(last, trainingSteps, steps),
        };
        return Within(timesteps, trainingSteps);
    }

    /// <summary>As <see cref="OfIntegrator"/> from the clean end upwards, for inversion: the first N of N + 1 ascending points.</summary>
    internal static double[] Ascending(TimestepSpacing spacing, int trainingSteps, int steps, int offset, int usable)
    {
        Require(trainingSteps, steps, offset);
        return spacing switch
        {
            TimestepSpacing.Leading => [.. Multiples(usable / (steps + 1), steps + 1, offset).Reverse().SkipLast(1)],
            TimestepSpacing.Linspace => [.. Grid.Linspace(0, usable - 1, steps + 1).Select(t => Math.Round(t)).SkipLast(1)],
            _ => [.. Trailing(usable, trainingSteps, steps).Reverse()],
        };
    }

    /// <summary>The timesteps of latent consistency models (LCM, TCD): N of the K timesteps that the student was distilled on.</summary>
    /// <remarks>Luo et al. 2023, arXiv:2310.04378: t = k (T div K) - 1, k = 1 .. K.</remarks>
    /// <param name="trainingSteps">T.</param>
    /// <param name="distilledSteps">K, original_inference_steps, usually 50.</param>
    /// <param name="steps">N, 1 .. K.</param>
    /// <param name="strength">The part of the K timesteps that is used, (0, 1]; below 1 for image to image.</param>
    /// <exception cref="DarkroomException">A number is out of range.</exception>
    public static double[] OfConsistencyModel(int trainingSteps, int distilledSteps, int steps, double strength = 1)
    {
        Require(trainingSteps, distilledSteps, 0);
        int usable = (int)(distilledSteps * strength);
        if (steps < 1 || steps > usable)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"{steps} steps cannot be taken from {usable} distilled timesteps.", "steps",
                "Use fewer steps, a larger strength or another sampler.");
        int ratio = trainingSteps / distilledSteps;
        return [.. Grid.LinspaceOpen(0, usable, steps).Select(i => (usable - Math.Floor(i)) * ratio - 1)];
    }

    /// <summary>A list that the user gives: strictly descending integers within 0 .. T-1.</summary>
    /// <exception cref="DarkroomException">It is empty, not descending or out of range.</exception>
    public static double[] Custom(IReadOnlyList<int> timesteps, int trainingSteps)
    {
        var problems = new List<Problem>();
        if (timesteps.Count == 0) problems.Add(new("At least one timestep is needed.", "timesteps"));
        for (int i = 1; i < timesteps.Count; i++)
        {
            if (timesteps[i] < timesteps[i - 1]) continue;
            problems.Add(new($"They must descend, but {timesteps[i]} follows {timesteps[i - 1]}.", "timesteps"));
            break;
        }
        if (timesteps.Any(t => t < 0 || t >= trainingSteps))
            problems.Add(new($"They must lie within 0 and {trainingSteps - 1}.", "timesteps"));
        return problems.Count == 0 ? [.. timesteps] : throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private static double[] Multiples(int ratio, int count, int offset) =>
        [.. Enumerable.Range(0, count).Select(i => (double)(i * ratio + offset)).Reverse()];

    private static double[] Trailing(int last, int trainingSteps, int steps) =>
        [.. Grid.Descending(last, (double)trainingSteps / steps).Select(t => Math.Round(t) - 1)];

    private static double[] Within(double[] timesteps, int trainingSteps)
    {
        double largest = timesteps[0];
        return largest < trainingSteps ? timesteps : throw new DarkroomException(ErrorKind.InvalidRequest,
            $"This spacing gives timestep {largest}, but the model knows only 0 to {trainingSteps - 1}.", "steps", "Use fewer steps or a smaller steps_offset.");
    }

    private static void Require(int trainingSteps, int steps, int offset)
    {
        var problems = new List<Problem>();
        if (steps < 1 || steps > trainingSteps)
            problems.Add(new($"It is {steps}, but must lie within 1 and {trainingSteps}.", "steps"));
        if (offset < 0 || offset >= trainingSteps)
            problems.Add(new($"It is {offset}, but must lie within 0 and {trainingSteps - 1}.", "steps_offset"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
