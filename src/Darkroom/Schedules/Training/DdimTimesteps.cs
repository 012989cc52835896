namespace Darkroom.Schedules;

/// <summary>The sub-sequences tau of DDIM, ascending; Song et al. 2020, arXiv:2010.02502, app. D.2.</summary>
public static class DdimTimesteps
{
    /// <summary>0, r, 2r, ... below T with r = T div S: uniform spacing of ermongroup/ddim.</summary>
    /// <remarks>More than S timesteps where S does not divide T.</remarks>
    /// <exception cref="DarkroomException">S is not within 1 and T.</exception>
    public static IReadOnlyList<int> Uniform(int trainingSteps, int steps)
    {
        Require(trainingSteps, steps);
        int stride = trainingSteps / steps;
        return [.. Enumerable.Range(0, (trainingSteps + stride - 1) / stride).Select(i => i * stride)];
    }

    /// <summary>floor(i^2 0.8 T / (S-1)^2): quadratic spacing of ermongroup/ddim, dense at little noise.</summary>
    /// <remarks>With many steps the first ones coincide, as in the original.</remarks>
    /// <exception cref="DarkroomException">S is not within 1 and T.</exception>
    public static IReadOnlyList<int> Quadratic(int trainingSteps, int steps)
    {
        Require(trainingSteps, steps);
        return [.. Grid.Linspace(0, Math.Sqrt(trainingSteps * 0.8), steps).Select(root => (int)(root * root))];
    }

    /// <summary>
    /// CompVis' timesteps (latent-diffusion, stable-diffusion): the uniform ones plus 1, so that S = 50 gives 1, 21, ..., 981.
    /// </summary>
    /// <exception cref="DarkroomException">S is out of range, or the last timestep would be T itself, which the model does not know.</exception>
    public static IReadOnlyList<int> CompVisUniform(int trainingSteps, int steps) => Shift(Uniform(trainingSteps, steps), trainingSteps, steps);

    /// <summary>CompVis' quadratic timesteps plus 1.</summary>
    /// <exception cref="DarkroomException">S is out of range, or a timestep would be T.</exception>
    public static IReadOnlyList<int> CompVisQuadratic(int trainingSteps, int steps) => Shift(Quadratic(trainingSteps, steps), trainingSteps, steps);

    private static IReadOnlyList<int> Shift(IReadOnlyList<int> timesteps, int trainingSteps, int steps)
    {
        int last = timesteps[^1] + 1;
        return last < trainingSteps ? [.. timesteps.Select(t => t + 1)] : throw new DarkroomException(ErrorKind.InvalidRequest,
            $"{steps} steps would end at timestep {last}, but the model knows only 0 to {trainingSteps - 1}.", "steps", "Choose another number of steps.");
    }

    private static void Require(int trainingSteps, int steps)
    {
        if (steps < 1 || steps > trainingSteps)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"It is {steps}, but must lie within 1 and {trainingSteps}.", "steps");
    }
}
