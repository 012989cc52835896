namespace Darkroom.Text.Prompts;

/// <summary>A node of a parsed prompt schedule.</summary>
internal abstract record PromptNode
{
    /// <summary>The nodes and all those below them, or only those that hold at a step; without recursion, since brackets may nest deeply.</summary>
    public static IEnumerable<PromptNode> Walk(IReadOnlyList<PromptNode> nodes, (int Number, ScheduleSteps Of)? step)
    {
        var open = new Stack<IEnumerator<PromptNode>>();
        open.Push(nodes.GetEnumerator());
        while (open.TryPeek(out var level))
        {
            if (!level.MoveNext())
            {
                open.Pop().Dispose();
                continue;
            }
            yield return level.Current;
            foreach (var below in level.Current.Below(step).Reverse()) open.Push(below.GetEnumerator());
        }
    }

    private IReadOnlyList<IReadOnlyList<PromptNode>> Below((int Number, ScheduleSteps Of)? step) => (this, step) switch
    {
        (Group group, _) => [group.Content],
        (Change change, null) => [change.Before, change.After],
        (Change change, { } s) => [s.Number <= s.Of.LastBefore(change.Moment) ? change.Before : change.After],
        (Turns turns, null) => turns.Options,
        (Turns turns, { } s) => [turns.Options[(s.Number - 1) % turns.Options.Count]],
        _ => [],
    };

    /// <summary>Text, brackets that mean nothing here included.</summary>
    public sealed record Plain(string Text) : PromptNode;

    /// <summary>Text in brackets of emphasis, brackets included.</summary>
    public sealed record Group(IReadOnlyList<PromptNode> Content) : PromptNode;

    /// <summary>One text up to a moment, another from then on.</summary>
    public sealed record Change(IReadOnlyList<PromptNode> Before, IReadOnlyList<PromptNode> After, string Moment) : PromptNode;

    /// <summary>Texts that take turns.</summary>
    public sealed record Turns(IReadOnlyList<IReadOnlyList<PromptNode>> Options) : PromptNode;
}
