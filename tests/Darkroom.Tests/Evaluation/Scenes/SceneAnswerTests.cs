using Darkroom.Evaluation.Scenes;
using Darkroom.Networks.Classifiers;
using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Scenes;

public class SceneAnswerTests
{
    private const int Nothing = 112;

    // Property: a relation is right where the first lies that way of the second, and more so than any other way.
    [Theory]
    [InlineData(SceneRelation.LeftOf, 1, 4, 6, 4, true)]
    [InlineData(SceneRelation.LeftOf, 6, 4, 1, 4, false)]
    [InlineData(SceneRelation.LeftOf, 2, 0, 4, 6, false)]
    [InlineData(SceneRelation.RightOf, 6, 3, 1, 4, true)]
    [InlineData(SceneRelation.RightOf, 1, 3, 6, 4, false)]
    [InlineData(SceneRelation.Above, 3, 0, 4, 6, true)]
    [InlineData(SceneRelation.Above, 3, 6, 4, 0, false)]
    [InlineData(SceneRelation.Below, 3, 6, 4, 0, true)]
    [InlineData(SceneRelation.Below, 0, 4, 6, 5, false)]
    public void Sides_are_told_by_the_centres(SceneRelation relation, int x1, int y1, int x2, int y2, bool right)
    {
        var scene = Pair(relation);
        var answer = SceneAnswer.Of(scene, See((5, x1, y1), (9, x2, y2)), scene.Colour);
        Assert.True(answer.Found);
        Assert.Equal(right, answer.Side);
    }

    // Property: both objects must be there, and the colour must be the one asked for.
    [Fact]
    public void Missing_objects_and_other_colours_are_told()
    {
        var scene = Pair(SceneRelation.LeftOf);
        Assert.False(SceneAnswer.Of(scene, See((5, 1, 4)), scene.Colour).Found);
        Assert.False(SceneAnswer.Of(scene, See((5, 1, 4), (10, 6, 4)), scene.Colour).Found);
        Assert.False(SceneAnswer.Of(scene, See((5, 1, 4)), scene.Colour + 1).Colour);
        var single = scene with { Objects = [new PlacedObject(5, 0.5f, 0.5f, 0.7f)], Relation = SceneRelation.None };
        Assert.True(SceneAnswer.Of(single, See((5, 4, 4)), scene.Colour) is { Named: true, Colour: true, Side: false });
        Assert.False(SceneAnswer.Of(single, See((6, 4, 4)), scene.Colour).Named);
    }

    private static Scene Pair(SceneRelation relation) => new()
    {
        Objects = [new PlacedObject(5, 0.26f, 0.5f, 0.45f), new PlacedObject(9, 0.74f, 0.5f, 0.45f)],
        Relation = relation,
        Style = 0,
        Colour = 3,
        Caption = "",
    };

    /// <summary>A judgement that sees objects in two by two cells each.</summary>
    private static SceneJudgement See(params (int Object, int Column, int Row)[] objects)
    {
        using var logits = zeros(1, Nothing + 1, 8, 8);
        logits[0, Nothing].fill_(20);
        foreach (var (thing, column, row) in objects) logits[0, thing].narrow(0, Math.Min(row, 6), 2).narrow(1, Math.Min(column, 6), 2).fill_(40);
        return SceneJudgement.Read(logits)[0];
    }
}
