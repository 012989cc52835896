namespace Darkroom.Training.Data.Scenes;

/// <summary>Says what a scene shows, in one of several phrasings.</summary>
/// <remarks>
/// Captions that leave things out make a model worse, so most name everything that can be seen; some leave out the style or the background, so that
/// prompts may do so too.
/// </remarks>
internal static class SceneCaptions
{
    private const double StyleNamed = 0.6;
    private const double BackgroundNamed = 0.92;

    public static string Draw(ref SampleRandom random, IReadOnlyList<PlacedObject> objects, SceneRelation relation, SceneSize size, int style, int colour)
    {
        string things = objects.Count == 1
            ? SceneVocabulary.Objects[objects[0].Object].Phrase(size switch { SceneSize.Small => "small", SceneSize.Big => "big", _ => "" })
            : Pair(ref random, SceneVocabulary.Objects[objects[0].Object].Phrase(), SceneVocabulary.Objects[objects[1].Object].Phrase(), relation);
        string? background = random.NextDouble() < BackgroundNamed ? English.WithArticle(SceneVocabulary.Colours[colour].Name) + " background" : null;
        string? styleName = random.NextDouble() < StyleNamed ? SceneVocabulary.Styles[style] + " style" : null;
        return Join(ref random, things, background, styleName);
    }

    private static string Pair(ref SampleRandom random, string first, string second, SceneRelation relation)
    {
        // Any pair can be told from either end: "a cat left of a dog" is "a dog right of a cat".
        if (random.Below(2) == 1) (first, second, relation) = (second, first, Opposite(relation));
        return (relation, random.Below(4)) switch
        {
            (SceneRelation.LeftOf, 0 or 1) => $"{first} left of {second}",
            (SceneRelation.LeftOf, 2) => $"{first} to the left of {second}",
            (SceneRelation.LeftOf, _) => $"{first} on the left and {second} on the right",
            (SceneRelation.RightOf, 0 or 1) => $"{first} right of {second}",
            (SceneRelation.RightOf, 2) => $"{first} to the right of {second}",
            (SceneRelation.RightOf, _) => $"{first} on the right and {second} on the left",
            (SceneRelation.Above, 0 or 1) => $"{first} above {second}",
            (SceneRelation.Above, 2) => $"{first} over {second}",
            (SceneRelation.Above, _) => $"{first} at the top and {second} at the bottom",
            (SceneRelation.Below, 0 or 1) => $"{first} below {second}",
            (SceneRelation.Below, 2) => $"{first} under {second}",
            (SceneRelation.Below, _) => $"{first} at the bottom and {second} at the top",
            _ => throw new ArgumentOutOfRangeException(nameof(relation), relation, "Two objects have a relation."),
        };
    }

    private static string Join(ref SampleRandom random, string things, string? background, string? style)
    {
        if (background is null) return style is null ? things : $"{things}, {style}";
        string scene = random.Below(5) switch
        {
            0 => $"{things}, {background}",
            1 => $"{background} with {things}",
            _ => $"{things} on {background}",
        };
        if (style is null) return scene;
        return random.Below(4) == 0 ? $"{style}, {scene}" : $"{scene}, {style}";
    }

    /// <summary>The relation of the second to the first.</summary>
    public static SceneRelation Opposite(SceneRelation relation) => relation switch
    {
        SceneRelation.LeftOf => SceneRelation.RightOf,
        SceneRelation.RightOf => SceneRelation.LeftOf,
        SceneRelation.Above => SceneRelation.Below,
        SceneRelation.Below => SceneRelation.Above,
        _ => SceneRelation.None,
    };
}
