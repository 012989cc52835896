using Darkroom.Checkpoints;

namespace Darkroom.Training.Data.Scenes;

/// <summary>The words of the scenes' captions, by kind.</summary>
internal static class SceneWords
{
    /// <summary>All of them.</summary>
    public static ModelWords All { get; } = new(
    [
        new("objects", [.. SceneVocabulary.Objects.Select(o => o.Name)]),
        new("background colours", [.. SceneVocabulary.Colours.Select(c => c.Name)]),
        new("styles", [.. SceneVocabulary.Styles.Select(style => style + " style")]),
        new("sizes", ["small", "big"]),
        new("places",
        [
            "left of", "to the left of", "on the left", "right of", "to the right of", "on the right",
            "above", "over", "at the top", "below", "under", "at the bottom",
        ]),
        new("other words", ["a", "an", "and", "background", "on", "with"]),
    ]);
}
