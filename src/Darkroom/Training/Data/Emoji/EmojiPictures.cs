using Darkroom.Training.Data.Scenes;

namespace Darkroom.Training.Data.Emoji;

/// <summary>The emoji pictures, one at a time on white, with their classes: as an endless training sequence, or as a fixed list for evaluation.</summary>
/// <remarks>
/// Objects are held out in all styles, by a hash of their labels: the same ones whatever the seed, so that a classifier and a model that are trained apart
/// hold out the same pictures.
/// </remarks>
internal sealed class EmojiPictures : ISampleSequence<CaptionedPixels>
{
    private readonly EmojiCatalogue _catalogue;
    private readonly DataSettings _settings;
    private readonly IReadOnlyList<int> _objects;
    private readonly Dictionary<string, int>? _classes;
    private readonly EpochOrder _order;
    private readonly long _seed;
    private readonly bool _varied;

    private EmojiPictures(EmojiCatalogue catalogue, DataSettings settings, IReadOnlyList<int> objects, Dictionary<string, int>? classes, long seed, bool varied)
    {
        (_catalogue, _settings, _objects, _classes, _seed, _varied) = (catalogue, settings, objects, classes, seed, varied);
        _order = new EpochOrder(Count, seed);
    }

    /// <summary>How many different pictures there are.</summary>
    public int Count => _objects.Count * _catalogue.Styles;

    /// <summary>The objects' names.</summary>
    public IEnumerable<string> Labels => _objects.Select(o => _catalogue.Objects[o].Label);

    /// <summary>Opens the pictures and divides them.</summary>
    /// <param name="settings">Which folder, classes, edge, jitter and share to hold out.</param>
    /// <param name="seed">Decides the order, the jitter and what is mirrored.</param>
    /// <returns>To train on, for evaluation, and the names of the classes in alphabetical order.</returns>
    /// <exception cref="DarkroomException">The folder is not there or not whole; settings out of range.</exception>
    public static (EmojiPictures Training, EmojiPictures HeldOut, IReadOnlyList<string> Classes) Open(DataSettings settings, long seed)
    {
        if (settings.HoldOut is < 0 or >= 1) throw new DarkroomException(ErrorKind.InvalidRequest, "It must be in [0, 1).", "data.holdOut");
        if (settings.Jitter is < 0 or > 0.5) throw new DarkroomException(ErrorKind.InvalidRequest, "It must be in [0, 0.5].", "data.jitter");
        var catalogue = new EmojiCatalogue(settings.Path);
        string[] names = settings.Classes == ClassKind.None ? []
            : [.. catalogue.Objects.Select(o => o.ClassName(settings.Classes)).Distinct().Order(StringComparer.Ordinal)];
        var classes = names.Length == 0 ? null : names.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        var divided = Enumerable.Range(0, catalogue.Objects.Count).ToLookup(i => IsHeldOut(catalogue.Objects[i].Label, settings.HoldOut));
        var training = new EmojiPictures(catalogue, settings, [.. divided[false]], classes, seed, varied: true);
        // Without an object to spare, evaluation is on the training pictures.
        int[] unseen = divided[true].Any() ? [.. divided[true]] : [.. divided[false]];
        return (training, new EmojiPictures(catalogue, settings, unseen, classes, seed: 0, varied: false), names);
    }

    /// <inheritdoc/>
    public CaptionedPixels this[long position]
    {
        get
        {
            int picture = _order[_varied ? position : position % Count];
            int thing = _objects[picture / _catalogue.Styles], style = picture % _catalogue.Styles, edge = _settings.Edge;
            var random = new SampleRandom((ulong)_seed ^ 0xE40D1UL, (ulong)position);
            float size = edge * (1 - (_varied ? random.Between(0, (float)_settings.Jitter) : 0));
            float left = random.Between(0, edge - size), top = random.Between(0, edge - size);
            bool mirrored = _varied && _settings.Flip && random.Below(2) == 1;

            var pixels = new float[3 * edge * edge];
            Array.Fill(pixels, 1);
            PlacedSprite.Of(_catalogue.Picture(thing, style), edge, left, top, size).LayOver(edge, pixels, []);
            if (mirrored)
                for (int row = 0; row < 3 * edge; row++) Array.Reverse(pixels, row * edge, edge);
            var shown = _catalogue.Objects[thing];
            return new CaptionedPixels(pixels, edge, edge, shown.Label) { Class = _classes?[shown.ClassName(_settings.Classes)] };
        }
    }

    /// <summary>FNV-1a of the label, mixed, as a fraction.</summary>
    private static bool IsHeldOut(string label, double share)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in label) hash = (hash ^ letter) * 1099511628211;
        return (SampleRandom.Mix(hash) >> 11) * (1.0 / (1UL << 53)) < share;
    }
}
