using Darkroom.Evaluation.Scenes;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Tests.Evaluation.Scenes;

public class SceneQuestionTests
{
    private static readonly IReadOnlyList<SceneQuestion> Questions = SceneQuestion.Draw(500, 0);

    // Property: prompt i is a function of (seed, i) alone.
    [Fact]
    public void Prompts_are_fixed()
    {
        Assert.Equal(Questions.Select(q => q.Scene.Caption), SceneQuestion.Draw(500, 0).Select(q => q.Scene.Caption));
        Assert.Equal(Questions.Take(37).Select(q => q.Scene.Caption), SceneQuestion.Draw(37, 0).Select(q => q.Scene.Caption));
        Assert.NotEqual(Questions.Select(q => q.Scene.Caption), SceneQuestion.Draw(500, 1).Select(q => q.Scene.Caption));
        Assert.Equal("an orange background with a planet, twemoji style", Questions[0].Scene.Caption);
    }

    // Property: singles and held-out pairs ask for what training never shows together, pairs for what it may show; the kinds have the shares that they should.
    [Fact]
    public void Held_out_prompts_are_held_out()
    {
        Assert.Equal(200, Questions.Count(q => q.Kind == SceneQuestionKind.Single));
        Assert.Equal(150, Questions.Count(q => q.Kind == SceneQuestionKind.Pair));
        Assert.Equal(150, Questions.Count(q => q.Kind == SceneQuestionKind.HeldOutPair));
        Assert.All(Questions, q =>
        {
            var objects = q.Scene.Objects;
            Assert.Equal(q.Kind == SceneQuestionKind.Single ? 1 : 2, objects.Count);
            if (q.Kind == SceneQuestionKind.Single) Assert.True(SceneHoldout.IsSingleHeldOut(objects[0].Object, q.Scene.Style, q.Scene.Colour));
            else Assert.Equal(q.Kind == SceneQuestionKind.HeldOutPair, SceneHoldout.IsPairHeldOut(objects[0].Object, objects[1].Object));
        });
    }

    // Property: no two prompts ask for the same scene, all name the background, and all relations, styles and colours and nearly all objects are asked for.
    [Fact]
    public void Prompts_cover_what_scenes_show()
    {
        Assert.All(Questions, q => Assert.Contains(SceneVocabulary.Colours[q.Scene.Colour].Name + " background", q.Scene.Caption));
        Assert.True(Questions.Select(q => q.Scene.Caption).Distinct().Count() > 480);
        Assert.Equal(12, Questions.Select(q => q.Scene.Colour).Distinct().Count());
        Assert.Equal(3, Questions.Select(q => q.Scene.Style).Distinct().Count());
        Assert.InRange(Questions.SelectMany(q => q.Scene.Objects).Select(o => o.Object).Distinct().Count(), 105, 112);
        foreach (string words in new[] { "left of", "right of", "above", "below" })
            Assert.InRange(Questions.Count(q => q.Scene.Caption.Contains(words, StringComparison.Ordinal)), 20, 100);
    }
}
