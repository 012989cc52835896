namespace Darkroom.Schedules;

/// <summary>
/// The sigma schedules by the names that users of ComfyUI and A1111 know. To add one: one file in this folder, one line here.
/// </summary>
/// <remarks>
/// Where the two programs give one name to different formulas (beta, kl_optimal, align_your_steps), ComfyUI's is the default: its beta places
/// timesteps, as Lee et al. 2024 (arXiv:2407.12173) do, where A1111 places sigmas, and all three end in 0, where A1111's kl_optimal leaves the
/// model's smallest noise in the picture and its align_your_steps table is rounded to three digits. A1111's are reached by
/// <see cref="SigmaDialect.A1111"/> or the suffix "-a1111".
/// </remarks>
public static class SigmaSchedules
{
    private const string Suffix = "-a1111";

    /// <summary>Every schedule, in the order in which a list shows them.</summary>
    public static IReadOnlyList<ISigmaSchedule> All { get; } =
    [
        new NormalSigmas(),
        new UniformSigmas(),
        new SgmUniformSigmas(),
        new SimpleSigmas(),
        new KarrasSigmas(),
        new ExponentialSigmas(),
        new PolyexponentialSigmas(),
        new BetaSigmas(),
        new BetaSigmasA1111(),
        new AlignYourStepsSigmas(),
        new AlignYourStepsSigmasA1111(),
        new KlOptimalSigmas(),
        new KlOptimalSigmasA1111(),
        new LinearQuadraticSigmas(),
        new DdimUniformSigmas(),
        new VpSigmas(),
    ];

    /// <summary>The name by which <see cref="Get"/> finds this schedule whatever the dialect.</summary>
    public static string UniqueName(ISigmaSchedule schedule) =>
        schedule.Dialect == SigmaDialect.A1111 ? schedule.Name + Suffix : schedule.Name;

    /// <summary>
    /// The schedule of that name; case, spaces, '-' and '_' don't matter, so that A1111's labels ("KL Optimal") are found too.
    /// </summary>
    /// <param name="name">A name or alias, with or without "-a1111".</param>
    /// <param name="dialect">Whose formula is meant where the name alone does not say it.</param>
    /// <exception cref="DarkroomException">There is none; the message lists all names.</exception>
    public static ISigmaSchedule Get(string name, SigmaDialect dialect = SigmaDialect.ComfyUI)
    {
        string wanted = Normalise(name);
        string suffix = Normalise(Suffix);
        if (wanted.EndsWith(suffix, StringComparison.Ordinal)) (wanted, dialect) = (wanted[..^suffix.Length], SigmaDialect.A1111);
        var named = All.Where(s => s.Aliases.Prepend(s.Name).Any(n => Normalise(n) == wanted)).ToList();
        return named.FirstOrDefault(s => s.Dialect == dialect) ?? named.FirstOrDefault()
            ?? throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no sigma schedule \"{name}\".", "schedule",
                $"Choose one of {string.Join(", ", All.Select(UniqueName))}.");
    }

    /// <summary>The noise levels of a schedule, after every option has been checked.</summary>
    /// <exception cref="DarkroomException">Every option that is out of range.</exception>
    public static double[] Compute(ISigmaSchedule schedule, SigmaRequest request)
    {
        request.Validate();
        return schedule.Sigmas(request);
    }

    private static string Normalise(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
