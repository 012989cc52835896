using Darkroom.Training.Data.Scenes;

namespace Darkroom.Evaluation.Scenes;

/// <summary>What a prompt of the evaluation asks for.</summary>
internal enum SceneQuestionKind
{
    /// <summary>One object in a style and on a colour that training never showed together.</summary>
    Single,

    /// <summary>Two objects that training showed together.</summary>
    Pair,

    /// <summary>Two objects that training never showed together.</summary>
    HeldOutPair,
}

/// <summary>A prompt, and the scene that would answer it: <see cref="Scene.Caption"/> is the prompt.</summary>
internal sealed record SceneQuestion(SceneQuestionKind Kind, Scene Scene)
{
    private const long PromptSeed = 5_000_011;

    // Of ten prompts four are of single objects, three of pairs and three of held-out pairs.
    private static readonly SceneQuestionKind[] Pattern =
    [
        SceneQuestionKind.Single, SceneQuestionKind.Pair, SceneQuestionKind.HeldOutPair, SceneQuestionKind.Single, SceneQuestionKind.Pair,
        SceneQuestionKind.HeldOutPair, SceneQuestionKind.Single, SceneQuestionKind.Pair, SceneQuestionKind.HeldOutPair, SceneQuestionKind.Single,
    ];

    /// <summary>The prompts of an evaluation; number i is a function of (seed, i) alone. All name their background colour, since it is asked for.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Which.</param>
    public static IReadOnlyList<SceneQuestion> Draw(int count, long seed)
    {
        var trained = new SceneSource(PromptSeed + seed);
        var heldOut = new SceneSource(PromptSeed + seed, SceneSplit.HeldOut);
        var next = new Dictionary<SceneQuestionKind, long>();
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var kind = Pattern[i % Pattern.Length];
            var source = kind == SceneQuestionKind.Pair ? trained : heldOut;
            long at = next.GetValueOrDefault(kind);
            while (!Asks(kind, source[at])) at++;
            next[kind] = at + 1;
            return new SceneQuestion(kind, source[at]);
        })];
    }

    private static bool Asks(SceneQuestionKind kind, Scene scene) =>
        scene.Objects.Count == (kind == SceneQuestionKind.Single ? 1 : 2) && scene.Caption.Contains(" background", StringComparison.Ordinal);
}
