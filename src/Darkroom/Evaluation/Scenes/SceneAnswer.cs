using Darkroom.Networks.Classifiers;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Evaluation.Scenes;

/// <summary>What of a question one picture got right.</summary>
internal sealed record SceneAnswer
{
    /// <summary>The strongest object of the picture is the first of the scene: of a single object, that it is named right (top-1).</summary>
    public required bool Named { get; init; }

    /// <summary>Every object of the scene is found: present with at least one half.</summary>
    public required bool Found { get; init; }

    /// <summary>
    /// The centres of the two objects lie as the prompt says, and further apart that way than the other: "left of" needs dx &gt; 0 and dx &gt;= |dy|. Always
    /// false for single objects.
    /// </summary>
    public required bool Side { get; init; }

    /// <summary>The background has the colour that was asked for.</summary>
    public required bool Colour { get; init; }

    /// <summary>Compares what was asked with what is seen.</summary>
    /// <param name="scene">What was asked for.</param>
    /// <param name="seen">The judge's word.</param>
    /// <param name="colour">Of the background.</param>
    public static SceneAnswer Of(Scene scene, SceneJudgement seen, int colour) => new()
    {
        Named = seen.Strongest == scene.Objects[0].Object,
        Found = scene.Objects.All(placed => seen.IsFound(placed.Object)),
        Side = scene.Objects.Count == 2 && IsRight(scene.Relation, seen.Centre(scene.Objects[0].Object), seen.Centre(scene.Objects[1].Object)),
        Colour = colour == scene.Colour,
    };

    private static bool IsRight(SceneRelation relation, (float X, float Y) first, (float X, float Y) second)
    {
        float dx = second.X - first.X, dy = second.Y - first.Y;
        return relation switch
        {
            SceneRelation.LeftOf => dx > 0 && dx >= Math.Abs(dy),
            SceneRelation.RightOf => dx < 0 && -dx >= Math.Abs(dy),
            SceneRelation.Above => dy > 0 && dy >= Math.Abs(dx),
            SceneRelation.Below => dy < 0 && -dy >= Math.Abs(dx),
            _ => false,
        };
    }
}
