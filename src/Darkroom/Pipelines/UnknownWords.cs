using System.Text.RegularExpressions;
using Darkroom.Checkpoints;
using Darkroom.Text.Prompts;

namespace Darkroom.Pipelines;

/// <summary>Words of a prompt that the model's training never saw: they do no harm, but a person should know why they do nothing.</summary>
internal static partial class UnknownWords
{
    /// <summary>Those of the prompts that act, each once; none where the model doesn't say what it was trained on.</summary>
    /// <param name="request">With the guidance filled in.</param>
    /// <param name="words">The model's; may be null.</param>
    public static IReadOnlyList<string> In(GenerationRequest request, ModelWords? words)
    {
        if (words is null) return [];
        string text = request.Guidance > 1 ? $"{request.Prompt}\n{request.NegativePrompt}" : request.Prompt;
        return words.UnknownIn(request.PromptSyntax.Name == PromptSyntax.Plain.Name ? text : Keywords().Replace(text, " "));
    }

    /// <summary>What a person is told.</summary>
    public static Problem Describe(IReadOnlyList<string> unknown, StableDiffusionModel model)
    {
        var words = model.Words!;
        string named = string.Join(", ", unknown.Select(word => words.Nearest(word) is { } near ? $"\"{word}\" (did you mean {near}?)" : $"\"{word}\""));
        string whose = model.FilePath == EmbeddedModel.Find() ? "" : $" {model.FilePath}";
        return new Problem($"{model.Name} was not trained on {named}.", "prompt",
            $"It knows {words.Groups[0].Words.Count} {words.Groups[0].Name}: darkroom inspect --words{whose}");
    }

    // A1111's words between prompts.
    [GeneratedRegex(@"\b(?:AND|BREAK)\b")]
    private static partial Regex Keywords();
}
