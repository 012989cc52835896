namespace Darkroom.Schedules;

/// <summary>
/// The part of a sigma schedule that image-to-image runs, and the noise level that some samplers skip, as ComfyUI and A1111 do it.
/// </summary>
public static class PartialSchedule
{
    /// <summary>
    /// ComfyUI's denoise: makes int(N / denoise) steps and keeps the last N + 1 levels, so that N steps remain and only the start moves down.
    /// </summary>
    /// <param name="schedule">Gives the levels for a number of steps.</param>
    /// <param name="steps">N.</param>
    /// <param name="denoise">(0, 1]; above 0.9999 is the whole schedule.</param>
    /// <exception cref="DarkroomException">denoise is out of range.</exception>
    public static double[] ComfyUI(Func<int, double[]> schedule, int steps, double denoise)
    {
        RequireStrength(denoise, "denoise");
        if (denoise > 0.9999) return schedule(steps);
        double[] sigmas = schedule((int)(steps / denoise));
        return sigmas.Length > steps + 1 ? sigmas[^(steps + 1)..] : sigmas;
    }

    /// <summary>ComfyUI's Align Your Steps node: keeps the last round(N denoise) + 1 levels, so that the number of steps falls.</summary>
    /// <param name="schedule">Gives the levels for a number of steps.</param>
    /// <param name="steps">N.</param>
    /// <param name="denoise">(0, 1].</param>
    /// <exception cref="DarkroomException">denoise is out of range.</exception>
    public static double[] ComfyUINode(Func<int, double[]> schedule, int steps, double denoise)
    {
        RequireStrength(denoise, "denoise");
        int kept = denoise < 1 ? (int)Math.Round(steps * denoise) : steps;
        double[] sigmas = schedule(steps);
        return sigmas[^Math.Min(sigmas.Length, kept + 1)..];
    }

    /// <summary>
    /// A1111's img2img: the levels from index N - t - 1 on, t = int(min(strength, 0.999) N). With <paramref name="fixSteps"/> the schedule has
    /// int(N / min(strength, 0.999)) steps and t = N - 1, so that N steps are run whatever the strength.
    /// </summary>
    /// <param name="schedule">Gives the levels for a number of steps.</param>
    /// <param name="steps">N.</param>
    /// <param name="strength">Denoising strength, (0, 1].</param>
    /// <param name="fixSteps">A1111's option img2img_fix_steps.</param>
    /// <exception cref="DarkroomException">The strength is out of range.</exception>
    public static double[] A1111(Func<int, double[]> schedule, int steps, double strength, bool fixSteps = false)
    {
        RequireStrength(strength, "strength");
        double used = Math.Min(strength, 0.999);
        int scheduled = fixSteps ? (int)(steps / used) : steps;
        int last = fixSteps ? steps - 1 : (int)(used * steps);
        return schedule(scheduled)[Math.Max(scheduled - last - 1, 0)..];
    }

    /// <summary>
    /// N steps for a sampler whose last step from a very small noise level does harm (DPM2, UniPC, DPM++ 3M SDE): N + 1 are made and the level
    /// before the final one is dropped.
    /// </summary>
    public static double[] DiscardPenultimate(Func<int, double[]> schedule, int steps)
    {
        double[] sigmas = schedule(steps + 1);
        return [.. sigmas[..^2], sigmas[^1]];
    }

    private static void RequireStrength(double value, string name)
    {
        if (!(value > 0 && value <= 1))
            throw new DarkroomException(ErrorKind.InvalidRequest, $"It is {value}, but must lie above 0 and up to 1.", name);
    }
}
