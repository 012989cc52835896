namespace Darkroom.Training.Data.Scenes;

/// <summary>Which scenes are drawn.</summary>
public enum SceneSplit
{
    /// <summary>All but what <see cref="SceneHoldout"/> names.</summary>
    Training,

    /// <summary>Only what <see cref="SceneHoldout"/> names: the combinations that training never shows.</summary>
    HeldOut,
}

/// <summary>Draws scenes: scene <c>index</c> is a function of (seed, split, index) alone.</summary>
public sealed class SceneSource(long seed, SceneSplit split = SceneSplit.Training)
{
    /// <summary>Share of scenes with two objects.</summary>
    public const double PairShare = 0.5;

    private readonly ulong _seed = SampleRandom.Mix((ulong)seed) + (ulong)split;

    /// <summary>Scene number <paramref name="index"/>.</summary>
    /// <param name="index">0-based; there is no last one.</param>
    public Scene this[long index]
    {
        get
        {
            var random = new SampleRandom(_seed, (ulong)index);
            return random.NextDouble() < PairShare ? DrawPair(ref random) : DrawSingle(ref random);
        }
    }

    private Scene DrawSingle(ref SampleRandom random)
    {
        int thing, style, colour;
        do
        {
            thing = random.Below(SceneVocabulary.Objects.Count);
            style = random.Below(SceneVocabulary.Styles.Count);
            colour = random.Below(SceneVocabulary.Colours.Count);
        }
        while (SceneHoldout.IsSingleHeldOut(thing, style, colour) != (split == SceneSplit.HeldOut));

        var size = random.Below(10) switch { 0 => SceneSize.Small, 1 => SceneSize.Big, _ => SceneSize.Usual };
        float edge = size switch
        {
            SceneSize.Small => random.Between(0.38f, 0.48f),
            SceneSize.Big => random.Between(0.86f, 0.96f),
            _ => random.Between(0.62f, 0.78f),
        };
        float room = Math.Min(0.06f, (1 - edge) / 2);
        PlacedObject[] objects = [new(thing, 0.5f + random.Between(-room, room), 0.5f + random.Between(-room, room), edge)];
        return Finish(ref random, objects, SceneRelation.None, size, style, colour);
    }

    private Scene DrawPair(ref SampleRandom random)
    {
        int first, second;
        do
        {
            first = random.Below(SceneVocabulary.Objects.Count);
            second = random.Below(SceneVocabulary.Objects.Count);
        }
        while (first == second || SceneHoldout.IsPairHeldOut(first, second) != (split == SceneSplit.HeldOut));

        int style = random.Below(SceneVocabulary.Styles.Count), colour = random.Below(SceneVocabulary.Colours.Count);
        var relation = random.Below(2) == 0 ? SceneRelation.LeftOf : SceneRelation.Above;
        PlacedObject[] objects = [Place(ref random, first, 0.26f, relation), Place(ref random, second, 0.74f, relation)];
        return Finish(ref random, objects, relation, SceneSize.Usual, style, colour);
    }

    /// <summary>Puts an object into its half of the picture; two objects never overlap.</summary>
    private static PlacedObject Place(ref SampleRandom random, int thing, float along, SceneRelation relation)
    {
        float size = random.Between(0.42f, 0.48f);
        along += random.Between(-0.02f, 0.02f);
        float across = 0.5f + random.Between(-0.1f, 0.1f);
        return relation == SceneRelation.LeftOf ? new(thing, along, across, size) : new(thing, across, along, size);
    }

    private static Scene Finish(ref SampleRandom random, PlacedObject[] objects, SceneRelation relation, SceneSize size, int style, int colour) => new()
    {
        Objects = objects,
        Relation = relation,
        Size = size,
        Style = style,
        Colour = colour,
        Caption = SceneCaptions.Draw(ref random, objects, relation, size, style, colour),
    };
}
