namespace Darkroom.Training.Data.Scenes;

/// <summary>How the first object of a scene lies to the second.</summary>
public enum SceneRelation
{
    /// <summary>There is one object.</summary>
    None,

    /// <summary>The first is left of the second.</summary>
    LeftOf,

    /// <summary>The first is right of the second.</summary>
    RightOf,

    /// <summary>The first is above the second.</summary>
    Above,

    /// <summary>The first is below the second.</summary>
    Below,
}

/// <summary>One object, placed.</summary>
/// <param name="Object">Its index in <see cref="SceneVocabulary.Objects"/>.</param>
/// <param name="CentreX">Centre in fractions of the picture's width.</param>
/// <param name="CentreY">Centre in fractions of the picture's height.</param>
/// <param name="Size">Edge of its square in fractions of the picture's edge.</param>
public readonly record struct PlacedObject(int Object, float CentreX, float CentreY, float Size);

/// <summary>How large a single object is drawn, where the caption says so.</summary>
public enum SceneSize
{
    /// <summary>Not said.</summary>
    Usual,

    /// <summary>"small".</summary>
    Small,

    /// <summary>"big".</summary>
    Big,
}

/// <summary>All that a scene shows, before it is drawn: the caption's truth.</summary>
public sealed record Scene
{
    /// <summary>One or two objects; the first is the one that <see cref="Relation"/> speaks of.</summary>
    public required IReadOnlyList<PlacedObject> Objects { get; init; }

    /// <summary>How the first lies to the second.</summary>
    public required SceneRelation Relation { get; init; }

    /// <summary>Size word of a single object.</summary>
    public SceneSize Size { get; init; }

    /// <summary>Index in <see cref="SceneVocabulary.Styles"/>.</summary>
    public required int Style { get; init; }

    /// <summary>Index in <see cref="SceneVocabulary.Colours"/>.</summary>
    public required int Colour { get; init; }

    /// <summary>The words.</summary>
    public required string Caption { get; init; }
}
