namespace Darkroom.Training.Data.Scenes;

/// <summary>
/// Scenes without captions that keep fewer rules than <see cref="SceneSource"/>: none to three objects, of any size, anywhere, never over one another. A judge
/// trained on them takes no hint from where objects usually lie. What <see cref="SceneHoldout"/> names is not shown.
/// </summary>
internal sealed class LooseScenes(long seed)
{
    private const float SmallestSize = 0.36f;
    private const float LargestSize = 0.96f;
    private const int Tries = 20;

    private readonly ulong _seed = SampleRandom.Mix((ulong)seed) ^ 0x7005EUL;

    /// <summary>Scene number <paramref name="index"/>, a function of (seed, index) alone.</summary>
    /// <param name="index">0-based; there is no last one.</param>
    public Scene this[long index]
    {
        get
        {
            var random = new SampleRandom(_seed, (ulong)index);
            int style = random.Below(SceneVocabulary.Styles.Count), colour = random.Below(SceneVocabulary.Colours.Count);
            int wanted = random.Below(10) switch { 0 => 0, < 4 => 1, < 8 => 2, _ => 3 };
            var objects = new List<PlacedObject>();
            for (int tries = 0; objects.Count < wanted && tries < Tries; tries++)
            {
                var next = Draw(ref random, wanted);
                if (objects.All(other => Fits(next, other))) objects.Add(next);
            }
            if (objects.Count == 1 && SceneHoldout.IsSingleHeldOut(objects[0].Object, style, colour)) objects.Clear();
            return new Scene { Objects = objects, Relation = SceneRelation.None, Style = style, Colour = colour, Caption = "" };
        }
    }

    private static PlacedObject Draw(ref SampleRandom random, int wanted)
    {
        float size = random.Between(SmallestSize, wanted == 1 ? LargestSize : 0.5f);
        float x = random.Between(size / 2, 1 - size / 2), y = random.Between(size / 2, 1 - size / 2);
        return new PlacedObject(random.Below(SceneVocabulary.Objects.Count), x, y, size);
    }

    private static bool Fits(PlacedObject next, PlacedObject other)
    {
        float apart = Math.Max(Math.Abs(next.CentreX - other.CentreX), Math.Abs(next.CentreY - other.CentreY));
        return apart >= (next.Size + other.Size) / 2 && next.Object != other.Object && !SceneHoldout.IsPairHeldOut(next.Object, other.Object);
    }
}
