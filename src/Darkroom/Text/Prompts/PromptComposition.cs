namespace Darkroom.Text.Prompts;

/// <summary>Prompts composed with AND, as A1111 reads them: each part is denoised on its own, and the differences to the negative prompt add up.</summary>
/// <remarks>Liu et al. 2022, arXiv:2206.01714.</remarks>
public static class PromptComposition
{
    private const string And = "AND";

    /// <summary>The parts of a prompt with their weights, at least one; <c>a :1.2 AND b</c> weighs its first part 1.2.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: the prompt is too long.</exception>
    public static IReadOnlyList<WeightedText> Parse(string prompt)
    {
        PromptScanner.CheckLength(prompt);
        var parts = new List<WeightedText>();
        int start = 0;
        for (int at; (at = PromptScanner.IndexOfWord(prompt, And, start)) >= 0; start = at + And.Length)
            parts.Add(Part(prompt[start..at]));
        parts.Add(Part(prompt[start..]));
        return parts;
    }

    private static WeightedText Part(string text)
    {
        text = PromptScanner.TrimEnd(text);
        int colon = text.LastIndexOf(':');
        if (colon < 0) return new WeightedText(text, 1);
        var number = text.AsSpan(PromptScanner.SkipSpace(text, colon + 1));
        return number.Length > 0 && PromptScanner.NumberLength(number) == number.Length && PromptScanner.Number(number) is { } weight
            ? new WeightedText(PromptScanner.TrimEnd(text[..colon]), weight)
            : new WeightedText(text, 1);
    }
}
