using Darkroom.Diffusion;

namespace Darkroom.Samplers;

/// <summary>
/// Samplers that behave as k-diffusion's functions: a list of noise levels, fractional timesteps, the
/// variance-exploding view.
/// </summary>
public static class KDiffusionSamplers
{
    /// <summary>k-diffusion's names without "sample_", and ipndm, which is ComfyUI's.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "euler", "euler_ancestral", "heun", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast", "dpm_adaptive", "dpmpp_2s_ancestral", "dpmpp_sde",
        "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde", "lcm", "ipndm",
    ];

    /// <summary>The sampler and plan of a function for a list of noise levels.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="sigmas">
    /// Noise levels, descending; the last is where the picture ends, usually 0. dpm_fast and dpm_adaptive use its ends
    /// alone.
    /// </param>
    /// <param name="timestepOf">The network's timestep of a noise level.</param>
    /// <param name="options">
    /// What the user sets; <see cref="SamplerOptions.Steps"/> counts evaluations for dpm_fast.
    /// </param>
    /// <exception cref="DarkroomException">Every option that doesn't go with the sampler.</exception>
    public static PreparedSampler Create(string name, IReadOnlyList<double> sigmas, Func<double, double> timestepOf, SamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(sigmas);
        ArgumentNullException.ThrowIfNull(options);
        Validate(name, sigmas, options);
        double eta = options.Eta ?? (name is "dpm_fast" or "dpm_adaptive" ? 0 : 1), noise = options.NoiseScale ?? 1;
        double[] hats = [.. sigmas.Select((sigma, i) => i + 1 < sigmas.Count ? sigma * (1 + (options.Churn?.Gamma(sigma, sigmas.Count - 1) ?? 0)) : sigma)];
        var second = options.SecondOrder ?? SecondOrderTerm.Midpoint;
        NoisePoint At(double sigma) => new(timestepOf(sigma), 1, sigma);
        SamplingPlan TwoStage(Func<double, double, double> inner) => TwoStagePlan.Create(
            [.. hats.Select(At)], sigmas, (start, end) => At(inner(start.Sigma, end.Sigma)), sigmas[0]);
        SamplingPlan OneStage() => new()
        {
            Points = [.. hats.Select(At)],
            Moves = [.. sigmas.SkipLast(1).Select((sigma, i) => new SamplingMove(At(sigma), At(sigmas[i + 1])))],
            InitialNoiseScale = sigmas[0],
        };
        double r = options.MidpointRatio ?? 0.5;
        // Always present, because k-diffusion draws for churn that is 0 too.
        var drawn = options.Churn ?? new Churn { Amount = 0 };
        return name switch
        {
            "euler" => new(new EulerSampler { Churn = drawn }, OneStage()),
            "euler_ancestral" => new(new EulerAncestralSampler { Eta = eta, NoiseScale = noise }, OneStage()),
            "heun" => new(new HeunSampler { Churn = drawn }, TwoStage((_, end) => end)),
            "dpm_2" => new(new Dpm2Sampler { Churn = drawn }, TwoStage(TwoStagePlan.GeometricMean)),
            "dpm_2_ancestral" => new(new Dpm2Sampler { Ancestral = true, Eta = eta, NoiseScale = noise }, TwoStage(TwoStagePlan.AncestralMean(eta))),
            "lms" => new(new LmsSampler { Order = options.Order ?? 4 }, OneStage()),
            "dpm_fast" => new(new DpmFastSampler { Eta = eta, NoiseScale = noise, TimestepOf = timestepOf }, Fast(sigmas, timestepOf, options.Steps)),
            "dpm_adaptive" => new(
                new DpmAdaptiveSampler { Order = options.Order ?? 3, Eta = eta, NoiseScale = noise, TimestepOf = timestepOf }, Ends(sigmas, timestepOf)),
            "dpmpp_2s_ancestral" => new(
                new DpmPlusPlus2sAncestralSampler { Eta = eta, NoiseScale = noise }, TwoStage(TwoStagePlan.AncestralMean(eta))),
            "dpmpp_sde" => new(new DpmPlusPlusSdeSampler { Eta = eta, NoiseScale = noise, MidpointRatio = r },
                TwoStage((start, end) => Math.Exp((1 - r) * Math.Log(start) + r * Math.Log(end)))),
            "lcm" => new(new LcmSampler { BoundaryCondition = false }, OneStage()),
            "ipndm" => new(new PndmSampler { Start = PndmStart.None, EulerToZero = true }, OneStage()),
            "dpmpp_2m" => new(new DpmSolverMultistepSampler(), OneStage()),
            "dpmpp_2m_sde" => new(new DpmSolverMultistepSampler { Eta = eta, NoiseScale = noise, SecondOrder = second }, OneStage()),
            "dpmpp_3m_sde" => new(
                new DpmSolverMultistepSampler { Eta = eta, NoiseScale = noise, Order = 3, SecondOrder = SecondOrderTerm.Heun }, OneStage()),
            _ => throw Unknown(name),
        };
    }

    // dpm_fast spaces its own evaluations between the largest level and the smallest one above 0; these points show how
    // many there are.
    private static SamplingPlan Fast(IReadOnlyList<double> sigmas, Func<double, double> timestepOf, int evaluations)
    {
        double first = Math.Log(sigmas[0]), last = Math.Log(sigmas.Last(sigma => sigma > 0));
        return Spaced([.. Enumerable.Range(0, evaluations + 1).Select(i => Math.Exp(first + (last - first) * i / evaluations))], timestepOf);
    }

    private static SamplingPlan Ends(IReadOnlyList<double> sigmas, Func<double, double> timestepOf) =>
        Spaced([sigmas[0], sigmas.Last(sigma => sigma > 0)], timestepOf);

    private static SamplingPlan Spaced(double[] sigmas, Func<double, double> timestepOf) => new()
    {
        Points = [.. sigmas.Select(sigma => new NoisePoint(timestepOf(sigma), 1, sigma))],
        InitialNoiseScale = sigmas[0],
    };

    private static void Validate(string name, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        if (!Names.Contains(name)) throw Unknown(name);
        var problems = new List<Problem>();
        void Refuse(bool given, string option, string what, string? remedy = null)
        {
            if (given) problems.Add(new(what, option, remedy));
        }

        bool descending = sigmas.Count > 1 && sigmas.Zip(sigmas.Skip(1)).All(pair => pair.First > pair.Second) && sigmas[^1] >= 0;
        Refuse(!descending || !double.IsFinite(sigmas[0]), "sigmas", "Noise levels must be finite and descend, at least two of them, and not below 0.");
        Refuse(options.Steps < 1, "steps", $"It is {options.Steps}, but must be at least 1.");
        if (options.Eta is { } eta)
        {
            bool stochastic = name.EndsWith("ancestral", StringComparison.Ordinal) || name.EndsWith("sde", StringComparison.Ordinal)
                || name is "dpm_fast" or "dpm_adaptive";
            bool twoStage = name is "dpm_2_ancestral" or "dpmpp_2s_ancestral";
            Refuse(!stochastic && eta != 0, "eta", $"{name} is deterministic and has no eta, but it is {eta}.", "Leave it out, or use an ancestral or SDE sampler.");
            Refuse(stochastic && (!(eta >= 0 && double.IsFinite(eta)) || (twoStage && eta > 1)), "eta",
                $"It is {eta}, but must be at least 0{(twoStage ? " and at most 1" : "")}.");
        }
        if (options.Order is { } order)
        {
            var (low, high) = name switch { "lms" => (1, 4), "dpm_adaptive" => (2, 3), _ => (0, 0) };
            Refuse(high == 0, "order", $"{name} has a fixed order.");
            Refuse(high > 0 && (order < low || order > high), "order", $"It is {order}, but must lie within {low} and {high}.");
        }
        Refuse(options.Churn is not null && name is not ("euler" or "heun" or "dpm_2"), "s_churn", $"{name} has no churn.", "Use k_euler, k_heun or k_dpm_2.");
        Refuse(options.SecondOrder is not null && name != "dpmpp_2m_sde", "solver_type", $"{name} has no choice of midpoint and heun.");
        Refuse(options.MidpointRatio is not null && name != "dpmpp_sde", "r", $"{name} has no midpoint ratio.");
        Refuse(options.MidpointRatio is { } r && !(r > 0 && r <= 1), "r", $"It is {options.MidpointRatio}, but must lie above 0 and up to 1.");
        Refuse(options.UseClippedDenoised, "use_clipped_model_output", $"{name} has no such option.", "Use ddim.");
        Refuse(options.DistilledSteps is not null, "original_inference_steps", $"{name} has no such option.", "Use lcm or tcd.");
        Refuse(options.Timesteps is not null && options.Sigmas is not null, "sigmas", "Timesteps and noise levels are both given.", "Give one of them.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private static DarkroomException Unknown(string name) => new(ErrorKind.InvalidRequest,
        $"There is no k-diffusion sampler \"{name}\".", "sampler", $"Choose one of {string.Join(", ", Names)}.");
}
