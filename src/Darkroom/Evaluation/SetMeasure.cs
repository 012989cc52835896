namespace Darkroom.Evaluation;

/// <summary>What can be measured of a set of generated pictures.</summary>
public enum SetMeasure
{
    /// <summary>The Frechet distance to the real set.</summary>
    Fid,

    /// <summary>The kernel distance to the real set.</summary>
    Kid,

    /// <summary>Improved precision and recall against the real set.</summary>
    PrecisionRecall,

    /// <summary>The Inception score of the generated set alone.</summary>
    InceptionScore,
}

/// <summary>The names of the measures on the command line.</summary>
internal static class SetMeasures
{
    private static readonly (string Name, SetMeasure Measure)[] All =
    [
        ("fid", SetMeasure.Fid), ("kid", SetMeasure.Kid), ("pr", SetMeasure.PrecisionRecall), ("is", SetMeasure.InceptionScore),
    ];

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(m => m.Name)];

    public static string NameOf(SetMeasure measure) => All.First(m => m.Measure == measure).Name;

    /// <summary>Reads names with commas between, in any case; each counts once.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: none, or one that is no measure.</exception>
    public static IReadOnlySet<SetMeasure> Parse(string names, string where)
    {
        string[] parts = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var problems = parts.Where(p => !Names.Contains(p, StringComparer.OrdinalIgnoreCase))
            .Select(p => new Problem($"'{p}' is not one of {string.Join(", ", Names)}.", where)).ToList();
        if (parts.Length == 0) problems.Add(new Problem("No measure is named.", where, $"Name some of {string.Join(", ", Names)}."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
        return parts.Select(p => All.First(m => m.Name.Equals(p, StringComparison.OrdinalIgnoreCase)).Measure).ToHashSet();
    }
}
