namespace Darkroom.Training.Data;

/// <summary>Where training pictures come from.</summary>
public sealed record DataSettings
{
    /// <summary>"scenes": composed on the fly from the emoji pictures; "folder": picture files with captions.</summary>
    public DataKind Kind { get; init; } = DataKind.Scenes;

    /// <summary>The folder of the emoji pictures or of the picture files.</summary>
    public string Path { get; init; } = "data/emoji";

    /// <summary>Width and height of the pictures in pixels; default 64.</summary>
    public int Edge { get; init; } = 64;
}

/// <summary>Kinds of data sets.</summary>
public enum DataKind
{
    /// <summary>Composed scenes.</summary>
    Scenes,

    /// <summary>A folder of pictures.</summary>
    Folder,
}
