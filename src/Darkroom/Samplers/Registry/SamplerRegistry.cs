using Darkroom.Schedules;

namespace Darkroom.Samplers;

/// <summary>Finds samplers by the names that users of diffusers, k-diffusion, ComfyUI and A1111 know.</summary>
/// <remarks>
/// A name may carry its schedule: "dpmpp_2m_karras", "k_heun_exponential", "DPM++ 2M Karras". Lower-case names of
/// diffusers style follow diffusers' schedulers; with "k_" or "sample_" before them they follow k-diffusion; A1111's
/// labels are found whatever their case, except that "euler", "heun", "lms" and "lcm" in lower case are diffusers'. A
/// schedule that a diffusers class has (use_karras_sigmas and the like) is diffusers' own; others are those of
/// <see cref="SigmaSchedules"/>, given to the class as noise levels.
/// </remarks>
public static class SamplerRegistry
{
    /// <summary>Every sampler, in the order in which a list shows them.</summary>
    public static IReadOnlyList<SamplerInfo> All => SamplerNames.All;

    /// <summary>The sampler of a name, and the schedule that the name carries, null for none.</summary>
    /// <exception cref="DarkroomException">There is none; the message has the nearest names and the list.</exception>
    public static (SamplerInfo Sampler, string? Schedule) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string wanted = name.Trim();
        if (Resolve(wanted) is { } found) return found;
        string nearest = string.Join(" or ", SamplerNames.All.SelectMany(s => s.Aliases.Prepend(s.Name))
            .OrderBy(candidate => Suggestion.Distance(wanted.ToUpperInvariant(), candidate.ToUpperInvariant()))
            .Take(2).Select(candidate => $"\"{candidate}\""));
        throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no sampler \"{name}\".", "sampler",
            $"Did you mean {nearest}? There are {string.Join(", ", SamplerNames.All.Select(s => s.Name))}.");
    }

    /// <summary>The sampler of a name; null where there is none.</summary>
    internal static SamplerInfo? TryFind(string? name) => name is null ? null : Resolve(name.Trim())?.Sampler;

    private static (SamplerInfo Sampler, string? Schedule)? Resolve(string wanted)
    {
        if (Named(wanted) is { } whole) return (whole, null);
        for (int cut = wanted.Length - 1; cut > 0; cut--)
        {
            if (wanted[cut] is not ('_' or ' ')) continue;
            string schedule = wanted[(cut + 1)..];
            if (Named(wanted[..cut].TrimEnd()) is { } sampler && IsSchedule(sampler, schedule)) return (sampler, schedule);
        }
        return null;
    }

    /// <summary>The sampler that a scheduler configuration names by its class.</summary>
    /// <exception cref="DarkroomException">No sampler follows that class.</exception>
    public static SamplerInfo Of(SchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return SamplerNames.All.FirstOrDefault(s => s.Dialect == SamplerDialect.Diffusers && s.Method == config.ClassName)
            ?? throw new DarkroomException(ErrorKind.InvalidRequest, $"No sampler follows {config.ClassName}.", "scheduler configuration", "Name a sampler.");
    }

    /// <summary>A sampler by name with its plan, for a checkpoint.</summary>
    /// <param name="name">See <see cref="Find"/>.</param>
    /// <param name="schedule">
    /// A schedule that overrules the one in the name; null or "automatic" for the sampler's own.
    /// </param>
    /// <param name="config">The checkpoint's scheduler configuration.</param>
    /// <param name="options">What the user sets.</param>
    /// <exception cref="DarkroomException">Every problem of the names and options, together.</exception>
    public static PreparedSampler Create(string name, string? schedule, SchedulerConfig config, SamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        var (sampler, carried) = Find(name);
        string? chosen = Stated(schedule) ?? Stated(carried);
        // A schedule that diffusers' class does not have is k-diffusion's where there is that method too: ComfyUI's euler
        // with sgm_uniform.
        if (sampler.Dialect == SamplerDialect.Diffusers && chosen is not null && !IsOwnSchedule(sampler, chosen)
            && Named("k_" + sampler.Name) is { Dialect: not SamplerDialect.Diffusers } twin && IsSchedule(twin, chosen))
        {
            sampler = twin;
        }
        var prepared = sampler.Dialect switch
        {
            SamplerDialect.Diffusers => OfDiffusers(sampler, chosen, config, options),
            SamplerDialect.Original => OfOriginal(sampler, chosen, config, options),
            _ => OfKDiffusion(sampler, chosen, config, options),
        };
        var seeds = options.BrownianSeeds ?? DefaultBrownianSeeds(sampler, config, options);
        return seeds is null ? prepared : prepared with { Sampler = new BrownianSampler(prepared.Sampler, seeds) };
    }

    private static PreparedSampler OfDiffusers(SamplerInfo sampler, string? schedule, SchedulerConfig config, SamplerOptions options)
    {
        RequireOwnNoiseLevels(sampler, config);
        var effective = config.As(sampler.Method);
        effective = sampler.Name switch
        {
            "plms" => effective.State("skip_prk_steps", true),
            "dpmpp_2m_sde" => effective.State("algorithm_type", "sde-dpmsolver++"),
            _ => effective,
        };
        if (schedule is null) return DiffusersSamplers.Create(effective, options);
        if (IsOwnSchedule(sampler, schedule))
        {
            foreach (string key in DiffusersSchedules.Values.OfType<string>().Where(key => HasOption(sampler.Method, key)))
                effective = effective.State(key, false);
            if (DiffusersSchedules[schedule] is { } own) effective = effective.State(own, true);
        }
        else if (TakesNoiseLevels(sampler.Method))
        {
            options = options with { Sigmas = options.Sigmas ?? Levels(schedule, SigmaDialect.ComfyUI, effective, options)(options.Steps) };
        }
        else
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, $"{sampler.Name} works on timesteps and has no schedule \"{schedule}\".", "schedule",
                "Leave it out, or use a sampler of noise levels such as euler or k_dpmpp_2m.");
        }
        return DiffusersSamplers.Create(effective, options);
    }

    // These classes make noise levels of their own and tell the network of them by a time from 0 to 1, or by ln(sigma)/4. IPNDM begins where alpha is 0, so that of a
    // prediction of eps it cannot tell x_0. A network that knows timesteps gives noise there.
    private static void RequireOwnNoiseLevels(SamplerInfo sampler, SchedulerConfig config)
    {
        bool edm = sampler.Method.StartsWith("EDM", StringComparison.Ordinal);
        if ((!edm && sampler.Method != "IPNDMScheduler") || config.ClassName == sampler.Method || (edm && config.ClassName.StartsWith("EDM", StringComparison.Ordinal))) return;
        string told = edm ? "ln(sigma)/4" : "a time from 1 to 0";
        throw new DarkroomException(ErrorKind.InvalidRequest,
            $"{sampler.Name} makes noise levels of its own and tells the network {told}, but this checkpoint ({config.ClassName}) knows timesteps 0 to {config.TrainingSteps - 1}.",
            "sampler", edm ? $"Use {(sampler.Order == 1 ? "k_euler" : "k_dpmpp_2m")} with the schedule karras." : "Use k_ipndm, the same method on the checkpoint's noise levels.");
    }

    private static PreparedSampler OfKDiffusion(SamplerInfo sampler, string? schedule, SchedulerConfig config, SamplerOptions options)
    {
        var levels = new NoiseLevels(config.CreateSchedule().WithFiniteSigmas());
        bool webUi = sampler.Dialect == SamplerDialect.A1111;
        var automatic = webUi ? SamplerDefault.OfA1111(sampler.Name) : new SamplerDefault("normal", false);
        if (sampler.Name == "DPM++ 2M SDE Heun") options = options with { SecondOrder = SecondOrderTerm.Heun };

        var dialect = webUi ? SigmaDialect.A1111 : SigmaDialect.ComfyUI;
        var sigmasOf = Levels(schedule ?? automatic.Schedule, dialect, config, options);
        var sigmas = options.Sigmas ?? (options.Timesteps is { } timesteps ? [.. timesteps.Select(t => levels.SigmaAt(t)), 0]
            : automatic.DiscardPenultimate ? PartialSchedule.DiscardPenultimate(sigmasOf, options.Steps) : sigmasOf(options.Steps));
        return KDiffusionSamplers.Create(sampler.Method, sigmas, levels.TimestepAt, options);
    }

    private static Func<int, double[]> Levels(string schedule, SigmaDialect dialect, SchedulerConfig config, SamplerOptions options)
    {
        var found = SigmaSchedules.Get(schedule, dialect);
        var levels = new NoiseLevels(config.CreateSchedule().WithFiniteSigmas());
        return steps => SigmaSchedules.Compute(found, new()
        {
            Levels = levels,
            Steps = steps,
            SigmaMin = options.SigmaMin,
            SigmaMax = options.SigmaMax,
            Rho = options.Rho,
        });
    }

    private static PreparedSampler OfOriginal(SamplerInfo sampler, string? schedule, SchedulerConfig config, SamplerOptions options)
    {
        if (ScheduleScoreSamplers.Has(sampler.Name))
        {
            return schedule is null ? ScheduleScoreSamplers.Create(sampler.Name, config.CreateSchedule(), options) : throw new DarkroomException(
                ErrorKind.InvalidRequest, $"{sampler.Name} has no schedule \"{schedule}\": it chooses its own times.", "schedule", "Leave it out.");
        }
        var problems = new List<Problem>();
        bool plms = sampler.Name == "compvis_plms";
        if (plms && options.Eta is { } eta && eta != 0)
            problems.Add(new($"PLMS is deterministic, but eta is {eta}.", "eta", "Leave it out, or use compvis_ddim."));
        bool quadratic = schedule is not null && Same(schedule, "quad");
        if (schedule is not null && !IsSchedule(sampler, schedule))
            problems.Add(new($"{sampler.Name} has no schedule \"{schedule}\".", "schedule", "Choose uniform or quad."));
        IReadOnlyList<int> timesteps = [];
        var process = config.CreateSchedule();
        try
        {
            timesteps = quadratic
                ? DdimTimesteps.CompVisQuadratic(process.Count, options.Steps) : DdimTimesteps.CompVisUniform(process.Count, options.Steps);
        }
        catch (DarkroomException refused)
        {
            problems.AddRange(refused.Problems);
        }
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
        return plms ? OriginalSamplers.CompVisPlms(process, timesteps) : OriginalSamplers.CompVisDdim(process, timesteps, options.Eta ?? 0);
    }

    // diffusers' DPM++ SDE takes the seed of its configuration, which is 0 where none is stated; A1111's SDE samplers
    // take the picture's.
    private static IReadOnlyList<long>? DefaultBrownianSeeds(SamplerInfo sampler, SchedulerConfig config, SamplerOptions options) =>
        sampler.Method == "DPMSolverSDEScheduler" ? [config.As(sampler.Method).NoiseSamplerSeed ?? 0]
        : sampler.Dialect == SamplerDialect.A1111 && sampler.Name.Contains("SDE", StringComparison.Ordinal) ? options.Seeds : null;

    private static readonly Dictionary<string, string?> DiffusersSchedules = new(StringComparer.OrdinalIgnoreCase)
    {
        ["normal"] = null,
        ["karras"] = "use_karras_sigmas",
        ["exponential"] = "use_exponential_sigmas",
        ["beta"] = "use_beta_sigmas",
        ["lu"] = "use_lu_lambdas",
    };

    private static bool IsSchedule(SamplerInfo sampler, string schedule) => sampler.Dialect switch
    {
        SamplerDialect.Original => !ScheduleScoreSamplers.Has(sampler.Name) && (Same(schedule, "uniform") || Same(schedule, "quad")),
        SamplerDialect.Diffusers => IsOwnSchedule(sampler, schedule) || (TakesNoiseLevels(sampler.Method) && IsSigmaSchedule(schedule)),
        _ => IsSigmaSchedule(schedule),
    };

    // One that the diffusers class makes itself.
    private static bool IsOwnSchedule(SamplerInfo sampler, string schedule) => sampler.Dialect == SamplerDialect.Diffusers
        && DiffusersSchedules.TryGetValue(schedule, out string? key) && (key is null || HasOption(sampler.Method, key));

    private static bool IsSigmaSchedule(string name)
    {
        string normalised = string.Concat(name.Where(char.IsLetterOrDigit));
        return SigmaSchedules.All.SelectMany(s => s.Aliases.Prepend(s.Name)).Append("default").Append("automatic")
            .Any(known => string.Concat(known.Where(char.IsLetterOrDigit)).Equals(normalised, StringComparison.OrdinalIgnoreCase));
    }

    // Classes whose noise levels may be given; the others go by timesteps alone.
    private static bool TakesNoiseLevels(string className) => className is "EulerDiscreteScheduler" or "EulerAncestralDiscreteScheduler"
        or "HeunDiscreteScheduler" or "LMSDiscreteScheduler" or "KDPM2DiscreteScheduler" or "KDPM2AncestralDiscreteScheduler" or "DPMSolverSDEScheduler"
        or "DPMSolverMultistepScheduler" or "DPMSolverSinglestepScheduler" or "DEISMultistepScheduler" or "UniPCMultistepScheduler";

    private static bool HasOption(string className, string key) => className switch
    {
        "DPMSolverMultistepScheduler" or "DPMSolverMultistepInverseScheduler" or "DPMSolverSinglestepScheduler" or "DEISMultistepScheduler" =>
            key is "use_karras_sigmas" or "use_exponential_sigmas" or "use_beta_sigmas"
                || (key == "use_lu_lambdas" && className.StartsWith("DPMSolverMultistep", StringComparison.Ordinal)),
        "EulerDiscreteScheduler" or "HeunDiscreteScheduler" or "LMSDiscreteScheduler" or "KDPM2DiscreteScheduler" or "KDPM2AncestralDiscreteScheduler"
            or "DPMSolverSDEScheduler" or "UniPCMultistepScheduler" or "SASolverScheduler" =>
            key is "use_karras_sigmas" or "use_exponential_sigmas" or "use_beta_sigmas",
        _ => false,
    };

    private static SamplerInfo? Named(string name) =>
        SamplerNames.All.FirstOrDefault(s => s.Name == name || s.Aliases.Contains(name))
        ?? SamplerNames.All.FirstOrDefault(s => s.Dialect == SamplerDialect.A1111 && s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? SamplerNames.All.FirstOrDefault(s => s.Aliases.Prepend(s.Name).Contains(name, StringComparer.OrdinalIgnoreCase));

    // The sampler's own schedule has two names in use; both say that none is stated.
    private static string? Stated(string? schedule) =>
        schedule is null || Same(schedule, "automatic") || Same(schedule, "default") ? null : schedule;

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
