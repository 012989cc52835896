namespace Darkroom.Schedules;

/// <summary>A named rule that gives the betas of a forward process.</summary>
/// <param name="Name">diffusers' or the paper's name.</param>
/// <param name="Betas">beta_t, t = 0 .. T-1, from beta_start, beta_end and T.</param>
/// <param name="DefaultStart">beta_start of the publication; unused by rules that have none.</param>
/// <param name="DefaultEnd">beta_end of the publication.</param>
public sealed record BetaSchedule(string Name, Func<double, double, int, double[]> Betas, double DefaultStart = 1e-4, double DefaultEnd = 0.02)
{
    /// <summary>Other names that mean this rule.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
}

/// <summary>
/// The training schedules by name. To add one: one method or file, one line here. diffusers' names are the main ones, since checkpoints carry
/// them; CompVis' names, which clash with them, are reached by <see cref="FromCompVis"/>.
/// </summary>
public static class BetaSchedules
{
    /// <summary>Every rule, in the order in which a list shows them.</summary>
    public static IReadOnlyList<BetaSchedule> All { get; } =
    [
        new("linear", BetaRules.Linear),
        new("scaled_linear", BetaRules.ScaledLinear, 0.00085, 0.012) { Aliases = ["quad"] },
        new("linear_rescaled", BetaRules.LinearRescaled),
        new("squaredcos_cap_v2", (_, _, count) => AlphaBarCurves.Betas(AlphaBarCurves.Cosine, count)) { Aliases = ["cosine"] },
        new("exp", (_, _, count) => AlphaBarCurves.Betas(AlphaBarCurves.Exponential, count)),
        new("laplace", (_, _, count) => AlphaBarCurves.Betas(AlphaBarCurves.Laplace, count)),
        new("sigmoid", BetaRules.Sigmoid),
        new("sqrt", BetaRules.SquareRoot),
        new("const", (_, end, count) => BetaRules.Constant(end, count)),
        new("warmup10", (start, end, count) => BetaRules.WarmUp(start, end, count, 0.1)),
        new("warmup50", (start, end, count) => BetaRules.WarmUp(start, end, count, 0.5)),
        new("jsd", (_, _, count) => BetaRules.JensenShannon(count)),
    ];

    /// <summary>The schedule of that name.</summary>
    /// <param name="name">A name or alias.</param>
    /// <param name="count">T.</param>
    /// <param name="start">beta_start; null for the publication's.</param>
    /// <param name="end">beta_end; null for the publication's.</param>
    /// <exception cref="DarkroomException">Every problem with the name and the numbers.</exception>
    public static NoiseSchedule Create(string name, int count = 1000, double? start = null, double? end = null)
    {
        var rule = All.FirstOrDefault(s => s.Name == name || s.Aliases.Contains(name));
        var problems = new List<Problem>();
        if (rule is null)
            problems.Add(new($"There is no training schedule \"{name}\".", "beta_schedule", $"Choose one of {string.Join(", ", All.Select(s => s.Name))}."));
        if (count is < 1 or > 1_000_000) problems.Add(new($"It is {count}, but must lie within 1 and 1000000.", "num_train_timesteps"));
        if (start is { } s && !(s > 0 && s < 1)) problems.Add(new($"It is {s}, but must lie between 0 and 1.", "beta_start"));
        if (end is { } e && !(e > 0 && e < 1)) problems.Add(new($"It is {e}, but must lie between 0 and 1.", "beta_end"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
        return new NoiseSchedule(rule!.Betas(start ?? rule.DefaultStart, end ?? rule.DefaultEnd, count));
    }

    /// <summary>
    /// The name here of a beta_schedule of CompVis' configurations, which call scaled_linear "linear" and linear "sqrt_linear"; other names mean the same.
    /// </summary>
    public static string FromCompVis(string name) => name switch
    {
        "linear" => "scaled_linear",
        "sqrt_linear" => "linear",
        _ => name,
    };
}
