using Darkroom.Training.Data.Scenes;

namespace Darkroom.Training.Data.Emoji;

/// <summary>One object of the emoji pictures, which has a picture in each style.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Group">Such as food-drink.</param>
/// <param name="Subgroup">Such as food-fruit.</param>
internal sealed record EmojiObject(string Label, string Group, string Subgroup)
{
    /// <summary>The name of its class.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: emoji have no such classes.</exception>
    public string ClassName(ClassKind classes) => classes switch
    {
        ClassKind.Group => Group,
        ClassKind.Subgroup => Subgroup,
        ClassKind.Object => Label,
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, "The classes of the emoji are none, group, subgroup or object.", "data.classes"),
    };
}

/// <summary>All emoji pictures of data/emoji: every object in every style.</summary>
internal sealed class EmojiCatalogue
{
    private readonly EmojiSheet[] _sheets;

    /// <summary>Reads the index and the sheets.</summary>
    /// <param name="folder">The folder with index.json (data/emoji).</param>
    /// <exception cref="DarkroomException">The folder lacks a file, or a file is not what it should be.</exception>
    public EmojiCatalogue(string folder)
    {
        var (columns, objects) = EmojiSheets.ReadIndex(folder);
        Objects = objects;
        _sheets = [.. SceneVocabulary.Styles.Select(style => new EmojiSheet(folder, style, columns, objects.Count))];
    }

    /// <summary>In the order of the index.</summary>
    public IReadOnlyList<EmojiObject> Objects { get; }

    /// <summary>How many styles there are.</summary>
    public int Styles => _sheets.Length;

    /// <summary>The picture of an object.</summary>
    public Sprite Picture(int thing, int style) => _sheets[style].Cut(thing);
}
