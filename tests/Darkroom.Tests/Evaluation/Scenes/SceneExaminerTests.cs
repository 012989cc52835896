using Darkroom.Evaluation.Scenes;
using Darkroom.Networks.Classifiers;
using Darkroom.Runtime;
using Darkroom.Tests.Golden;
using Darkroom.Tests.Training.Data;
using Darkroom.Training.Data.Scenes;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Scenes;

/// <summary>The evaluation, evaluated: pictures whose quality is known go through the judges that come with Darkroom.</summary>
public class SceneExaminerTests
{
    private const int Prompts = 200;
    private static readonly IReadOnlyList<SceneQuestion> Questions = SceneQuestion.Draw(Prompts, 1);
    private static readonly Lazy<ScenePainter> Painter = new(() => new ScenePainter(SceneTests.Emoji));

    // Property: perfect pictures get nearly everything right, and so they do when they are a little degraded.
    [Theory]
    [InlineData("choosing", false, 0.95)]
    [InlineData("reporting", false, 0.95)]
    [InlineData("choosing", true, 0.85)]
    [InlineData("reporting", true, 0.85)]
    public void Perfect_pictures_are_right(string name, bool degraded, double least)
    {
        using var judge = Judge(name);
        var examiner = new SceneExaminer(judge, Painter.Value);
        using var rendered = examiner.Render(Questions);
        using var pictures = degraded ? new PictureDegradation().Apply(rendered, new TorchGenerator(5)) : rendered.alias();
        var measures = examiner.Measure(Questions, pictures);
        Assert.All(All(measures), m => Assert.True(m.Estimate.Value >= least, $"{m.Name} {m.Estimate}"));
        Assert.Equal(Prompts, measures.Colour.Count);
        Assert.Equal(Prompts, measures.Object.Count + measures.Both.Count + measures.HeldOutPairs.Count);
    }

    // Property: the same pictures in another order answer nothing: each measure is at the level of chance.
    [Theory]
    [InlineData("choosing")]
    [InlineData("reporting")]
    public void Shuffled_pictures_are_wrong(string name)
    {
        using var judge = Judge(name);
        var examiner = new SceneExaminer(judge, Painter.Value);
        using var rendered = examiner.Render(Questions);
        using var shuffled = rendered.roll(10, 0); // the kinds of prompts repeat every ten
        var measures = examiner.Measure(Questions, shuffled);
        Assert.True(measures.Object.Value <= 0.1, $"{measures.Object}");
        Assert.True(measures.Both.Value <= 0.05, $"{measures.Both}");
        Assert.True(measures.HeldOutPairs.Value <= 0.05, $"{measures.HeldOutPairs}");
        Assert.True(measures.Colour.Value <= 0.25, $"{measures.Colour}");
    }

    // Property: objects that have changed places are found, on the wrong sides.
    [Theory]
    [InlineData("choosing")]
    [InlineData("reporting")]
    public void Exchanged_objects_have_the_wrong_sides(string name)
    {
        using var judge = Judge(name);
        var examiner = new SceneExaminer(judge, Painter.Value);
        var swapped = Questions.Where(q => q.Kind != SceneQuestionKind.Single)
            .Select(q => q with { Scene = q.Scene with { Objects = [Moved(q, 0, 1), Moved(q, 1, 0)] } }).ToList();
        using var pictures = examiner.Render(swapped);
        var measures = examiner.Measure([.. Questions.Where(q => q.Kind != SceneQuestionKind.Single)], pictures);
        Assert.True(measures.Both.Value >= 0.95, $"{measures.Both}");
        Assert.True(measures.Side.Value <= 0.02, $"{measures.Side}");

        static PlacedObject Moved(SceneQuestion question, int from, int to) => question.Scene.Objects[to] with { Object = question.Scene.Objects[from].Object };
    }

    // Property: an empty picture has no object in it.
    [Theory]
    [InlineData("choosing")]
    [InlineData("reporting")]
    public void Nothing_is_seen_where_nothing_is(string name)
    {
        using var judge = Judge(name);
        using var colours = tensor(SceneVocabulary.Colours.SelectMany(c => new[] { c.Red, c.Green, c.Blue }).Select(v => v / 127.5f - 1).ToArray(), [12, 3, 1, 1]);
        using var plain = colours.expand(12, 3, 64, 64);
        Assert.All(judge.Judge(plain), seen =>
            Assert.False(seen.IsFound(seen.Strongest), $"{SceneVocabulary.Objects[seen.Strongest].Name} {seen.Presence(seen.Strongest)}"));
    }

    // Property: pictures of the same kind are nearest; strong degradation and lack of variety are both further away, in both distances.
    [Theory]
    [InlineData("choosing")]
    [InlineData("reporting")]
    public void Distances_tell_bad_and_monotonous_pictures(string name)
    {
        using var judge = Judge(name);
        var examiner = new SceneExaminer(judge, Painter.Value);
        using var rendered = examiner.Render(Questions);
        using var reference = examiner.Render(SceneQuestion.Draw(Prompts, 2));
        using var bad = new PictureDegradation { Noise = 0.8, Blur = 3 }.Apply(rendered, new TorchGenerator(5));
        using var first = rendered.narrow(0, 0, 20);
        using var monotonous = first.repeat(Prompts / 20, 1, 1, 1);
        var best = examiner.Distances(rendered, reference);
        foreach (var worse in new[] { bad, monotonous })
        {
            var distances = examiner.Distances(worse, reference);
            Assert.True(distances.Fid > 1.5 * best.Fid && distances.Kid > 1.5 * best.Kid, $"{distances} {best}");
        }
    }

    private static IEnumerable<(string Name, Estimate Estimate)> All(SceneMeasures m) =>
        [("object", m.Object), ("both", m.Both), ("heldout_pairs", m.HeldOutPairs), ("side", m.Side), ("colour", m.Colour)];

    private static SceneJudge Judge(string name)
    {
        var (judge, role) = SceneJudgeFolder.Load(Path.Combine(GoldenData.RepositoryRoot, "models", "scene-judges", name));
        Assert.Equal(name, role.ToString().ToLowerInvariant());
        return judge;
    }
}
