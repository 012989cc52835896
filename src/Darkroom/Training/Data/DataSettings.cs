namespace Darkroom.Training.Data;

/// <summary>Kinds of data sets.</summary>
public enum DataKind
{
    /// <summary>Scenes composed on the fly from the emoji pictures.</summary>
    Scenes,

    /// <summary>A folder of picture files, with captions or without.</summary>
    Folder,
}

/// <summary>Where training pictures come from.</summary>
public sealed record DataSettings
{
    /// <summary>What kind of data set; default scenes.</summary>
    public DataKind Kind { get; init; } = DataKind.Scenes;

    /// <summary>The folder of the emoji pictures or of the picture files.</summary>
    public string Path { get; init; } = "data/emoji";

    /// <summary>Width and height that pictures are brought to, in pixels; default 64.</summary>
    public int Edge { get; init; } = 64;

    /// <summary>Of a folder: whether each picture must have a caption; default false. A text-to-image training needs them.</summary>
    public bool Captions { get; init; }

    /// <summary>Of a folder: crop at a random place instead of the centre; default false.</summary>
    public bool RandomCrop { get; init; }

    /// <summary>
    /// Of a folder: mirror every other picture, with "left" and "right" exchanged in its caption; default false, because letters and clocks must not be
    /// mirrored.
    /// </summary>
    public bool Flip { get; init; }

    /// <summary>Of a folder: share of the pictures kept for evaluation; default 0.05, in [0, 1).</summary>
    public double HoldOut { get; init; } = 0.05;
}
