namespace Darkroom.Training.Data;

/// <summary>Kinds of data sets.</summary>
public enum DataKind
{
    /// <summary>Scenes composed on the fly from the emoji pictures.</summary>
    Scenes,

    /// <summary>A folder of picture files, with captions or without.</summary>
    Folder,

    /// <summary>The emoji pictures themselves, one at a time on white.</summary>
    Emoji,
}

/// <summary>What the classes of a data set are.</summary>
public enum ClassKind
{
    /// <summary>There are none.</summary>
    None,

    /// <summary>Of a folder: the folders directly in it, by name.</summary>
    Folder,

    /// <summary>Of the emoji: the groups, such as food-drink.</summary>
    Group,

    /// <summary>Of the emoji: the subgroups, such as animal-bird.</summary>
    Subgroup,

    /// <summary>Of the emoji: each object by itself, in all its styles.</summary>
    Object,
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
    /// Of a folder or of the emoji: mirror every other picture, with "left" and "right" exchanged in its caption; default false, because letters and clocks must not be
    /// mirrored.
    /// </summary>
    public bool Flip { get; init; }

    /// <summary>Of a folder: share of the pictures kept for evaluation; of the emoji: of the objects. Default 0.05, in [0, 1).</summary>
    public double HoldOut { get; init; } = 0.05;

    /// <summary>What the classes are; default none.</summary>
    public ClassKind Classes { get; init; }

    /// <summary>
    /// Of the emoji: how far a training picture may be shrunk, as a share of its size, and be moved within the room that this leaves; default 0, in [0, 0.5].
    /// </summary>
    public double Jitter { get; init; }
}
