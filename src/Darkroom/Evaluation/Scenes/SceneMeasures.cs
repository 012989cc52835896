namespace Darkroom.Evaluation.Scenes;

/// <summary>How well a set of pictures answers its prompts. Everywhere, an object is what the judge says it is.</summary>
internal sealed record SceneMeasures
{
    /// <summary>Of the pictures of single objects, the share in which the object is named right (<see cref="SceneAnswer.Named"/>).</summary>
    public required Estimate Object { get; init; }

    /// <summary>Of the pictures of pairs that training showed together, the share in which both objects are found (<see cref="SceneAnswer.Found"/>).</summary>
    public required Estimate Both { get; init; }

    /// <summary>The same of the pairs that training never showed together.</summary>
    public required Estimate HeldOutPairs { get; init; }

    /// <summary>Of the pictures of pairs of either kind in which both objects are found, the share in which they lie as asked (<see cref="SceneAnswer.Side"/>).</summary>
    /// <remarks>Like VISOR cond of Gokhale et al. 2022, arXiv:2212.10015: a relation can only be judged of things that are there.</remarks>
    public required Estimate Side { get; init; }

    /// <summary>Of all pictures, the share whose background has the colour asked for (<see cref="BackgroundColour"/>).</summary>
    public required Estimate Colour { get; init; }

    /// <summary>Counts.</summary>
    /// <param name="questions">What was asked.</param>
    /// <param name="answers">What was got, in the same order.</param>
    public static SceneMeasures Of(IReadOnlyList<SceneQuestion> questions, IReadOnlyList<SceneAnswer> answers)
    {
        var all = questions.Zip(answers, (question, answer) => (question.Kind, Answer: answer)).ToList();
        return new SceneMeasures
        {
            Object = Share(a => a.Kind == SceneQuestionKind.Single, a => a.Answer.Named),
            Both = Share(a => a.Kind == SceneQuestionKind.Pair, a => a.Answer.Found),
            HeldOutPairs = Share(a => a.Kind == SceneQuestionKind.HeldOutPair, a => a.Answer.Found),
            Side = Share(a => a.Kind != SceneQuestionKind.Single && a.Answer.Found, a => a.Answer.Side),
            Colour = Share(_ => true, a => a.Answer.Colour),
        };

        Estimate Share(Func<(SceneQuestionKind Kind, SceneAnswer Answer), bool> counts, Func<(SceneQuestionKind Kind, SceneAnswer Answer), bool> isRight)
        {
            var counted = all.Where(counts).ToList();
            return Estimate.Share(counted.Count(isRight), counted.Count);
        }
    }
}
