using Darkroom.Diffusion;

namespace Darkroom.Samplers;

/// <summary>Samplers of Karras et al. 2022, arXiv:2206.00364, as NVlabs/edm runs them: EDM's own, and every combination of its table 1.</summary>
public static class EdmSamplers
{
    /// <summary>The sampler of a choice with its plan.</summary>
    /// <param name="options">The choice; the defaults are EDM's own sampler.</param>
    /// <param name="timestepOf">What the network is told of a noise level, such as ln(sigma)/4.</param>
    /// <param name="round">
    /// The nearest noise level that the network knows (<see cref="Preconditioning.Round"/>); null where it knows all.
    /// </param>
    /// <exception cref="DarkroomException">Every option that is out of range.</exception>
    public static PreparedSampler Create(EdmSamplerOptions options, Func<double, double> timestepOf, Func<double, double>? round = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timestepOf);
        Validate(options);
        var functions = new EdmTimes(options);
        double Known(double sigma) => round is null ? sigma : round(sigma);
        EdmTime[] times = [.. functions.Levels().Select(sigma => functions.At(functions.Inverse(Known(sigma)))), new(0, 0, 0, 1, 0)];

        var steps = new List<EdmSampler.EdmStep>();
        var inner = new List<EdmTime>();
        var points = new List<NoisePoint>();
        var moves = new List<SamplingMove>();
        NoisePoint At(EdmTime time) => time.Sigma == 0 ? new(0, 1, 0) : new(timestepOf(time.Sigma), time.Scale, time.Scale * time.Sigma);
        for (int i = 0; i < options.Steps; i++)
        {
            double gamma = options.Churn?.Gamma(times[i].Sigma, options.Steps) ?? 0;
            var start = gamma == 0 ? times[i] : functions.At(functions.Inverse(Known(times[i].Sigma * (1 + gamma))));
            steps.Add(new(times[i], start, times[i + 1]));
            points.Add(At(start));
            if (!options.Heun || i == options.Steps - 1)
            {
                moves.Add(new(At(times[i]), At(times[i + 1])));
                continue;
            }
            inner.Add(functions.At(start.T + options.SecondEvaluation * (times[i + 1].T - start.T)));
            points.Add(At(inner[i]));
            moves.Add(new(At(times[i]), At(inner[i])));
            moves.Add(new(At(start), At(times[i + 1])));
        }
        points.Add(At(times[^1]));
        var sampler = new EdmSampler
        {
            Steps = steps,
            Inner = inner,
            SecondEvaluation = options.Heun ? options.SecondEvaluation : null,
            NoiseScale = options.Churn?.NoiseScale ?? 1,
        };
        return new(sampler, new()
        {
            Points = points,
            Moves = moves,
            InitialNoiseScale = times[0].Sigma * times[0].Scale,
            Order = options.Heun ? 2 : 1,
        });
    }

    private static void Validate(EdmSamplerOptions options)
    {
        var problems = new List<Problem>();
        void Require(bool holds, string option, string what)
        {
            if (!holds) problems.Add(new(what, option));
        }

        Require(options.Steps >= 2, "steps", $"It is {options.Steps}, but must be at least 2.");
        Require(options.SigmaMin > 0 && options.SigmaMin < options.SigmaMax && double.IsFinite(options.SigmaMax), "sigmas",
            $"They go from {options.SigmaMin} to {options.SigmaMax}, but must be above 0, ascending and finite.");
        Require(options.Sigmas is not { } given || (given.Count == options.Steps && given.All(sigma => sigma > 0 && double.IsFinite(sigma))
            && given.Zip(given.Skip(1)).All(pair => pair.First > pair.Second)), "sigmas",
            $"The noise levels must be as many as the steps, {options.Steps}, descend, and be above 0 and finite.");
        Require(options.Rho > 0, "rho", $"It is {options.Rho}, but must be above 0.");
        Require(options.SecondEvaluation is > 0 and <= 1, "alpha", $"It is {options.SecondEvaluation}, but must lie above 0 and up to 1.");
        Require(options.Churn is null || options.Churn.Amount >= 0, "s_churn", $"It is {options.Churn?.Amount}, but must be at least 0.");
        Require(options.SmallestTime is > 0 and < 1, "eps_s", $"It is {options.SmallestTime}, but must lie between 0 and 1.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
