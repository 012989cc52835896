namespace Darkroom.Text.Prompts;

/// <summary>Over which steps the moments written in a schedule are counted.</summary>
public sealed record ScheduleSteps
{
    /// <summary>Steps of the first pass, at least 1.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps of the second pass at a higher resolution, if that is the pass meant: shares then count from 1.0, step numbers from <see cref="Steps"/>.</summary>
    public int? SecondPass { get; init; }

    /// <summary>A1111's rule before version 1.6: numbers below 1 are shares, all others step numbers, and the second pass counts like the first.</summary>
    public bool OldRule { get; init; }

    /// <summary>How many steps the pass has.</summary>
    internal int Count => SecondPass is { } second && !OldRule ? second : Steps;

    /// <summary>The last step, counted from 1, before the change; 0 or less: changed from the start.</summary>
    internal int LastBefore(string moment)
    {
        double value = double.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        bool share = OldRule ? value < 1 : moment.Contains('.');
        bool shifted = SecondPass is not null && !OldRule;
        double step = share ? (value - (shifted ? 1 : 0)) * Count : value - (shifted ? Steps : 0);
        return (int)Math.Clamp(Math.Truncate(step), int.MinValue, Count);
    }
}

/// <summary>A text that holds up to and including a step.</summary>
/// <param name="LastStep">Counted from 1.</param>
/// <param name="Text">The prompt for these steps.</param>
public readonly record struct ScheduledText(int LastStep, string Text);

/// <summary>
/// Prompts that change while a picture is made, as A1111 reads them: <c>[a:b:0.5]</c> goes from a to b after half of the steps,
/// <c>[b:5]</c> adds b after step 5, <c>[a::5]</c> drops a, <c>[a|b|c]</c> takes turns at every step.
/// </summary>
public sealed class PromptSchedule
{
    private readonly string _prompt;
    private readonly IReadOnlyList<PromptNode>? _nodes;

    private PromptSchedule(string prompt, IReadOnlyList<PromptNode>? nodes)
    {
        _prompt = prompt;
        _nodes = nodes;
    }

    /// <summary>Reads a prompt. One that does not fit the grammar (such as a | outside of brackets) has one step with the text unchanged.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: the prompt is too long.</exception>
    public static PromptSchedule Parse(string prompt)
    {
        PromptScanner.CheckLength(prompt);
        return new PromptSchedule(prompt, PromptScheduleParser.Parse(prompt));
    }

    /// <summary>The texts in order; the last one ends at the last step. Neighbours may be equal, as in A1111.</summary>
    public IReadOnlyList<ScheduledText> Over(ScheduleSteps steps)
    {
        if (_nodes is null) return [new ScheduledText(steps.Count, _prompt)];
        var changes = new SortedSet<int> { steps.Count };
        foreach (var node in PromptNode.Walk(_nodes, null))
            if (node is PromptNode.Change change && steps.LastBefore(change.Moment) is >= 1 and var last) changes.Add(last);
            else if (node is PromptNode.Turns) changes.UnionWith(Enumerable.Range(1, steps.Count));
        return [.. changes.Select(step => new ScheduledText(step, At(step, steps)))];
    }

    private string At(int step, ScheduleSteps steps) =>
        string.Concat(PromptNode.Walk(_nodes!, (step, steps)).OfType<PromptNode.Plain>().Select(plain => plain.Text));
}
