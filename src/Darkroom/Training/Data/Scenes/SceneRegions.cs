using Darkroom.Text;

namespace Darkroom.Training.Data.Scenes;

/// <summary>For each scene, the words that name its things and where those are.</summary>
/// <param name="scenes">Which scenes.</param>
/// <param name="painter">Draws their masks.</param>
/// <param name="tokenizer">The one that makes tokens of the captions.</param>
/// <param name="edge">Width and height of the masks: those of the latents.</param>
internal sealed class SceneRegions(SceneSource scenes, ScenePainter painter, ITextTokenizer tokenizer, int edge) : ISampleSequence<IReadOnlyList<WordRegion>>
{
    /// <summary>A mask is 1 where the thing covers at least this share of what it covers at most: a small thing has a place in a coarse mask, too.</summary>
    private const float CoveredShare = 0.5f;

    private readonly int[][] _names = [.. SceneVocabulary.Objects.Select(o => tokenizer.Tokenize(o.Name).Ids.ToArray())];

    /// <inheritdoc/>
    public IReadOnlyList<WordRegion> this[long position]
    {
        get
        {
            var scene = scenes[position];
            int plane = edge * edge;
            var masks = new float[scene.Objects.Count * plane];
            painter.Paint(scene, edge, new float[3 * plane], masks);
            int[] row = tokenizer.Row(scene.Caption);
            var regions = new List<WordRegion>();
            for (int i = 0; i < scene.Objects.Count; i++)
            {
                // No name is part of another's or of a colour's, so that it stands in the row once; not at all where the row was too short for it.
                int[] name = _names[scene.Objects[i].Object];
                int at = row.AsSpan().IndexOf(name);
                if (at >= 0) regions.Add(new WordRegion([.. Enumerable.Range(at, name.Length)], Whole(masks.AsSpan(i * plane, plane))));
            }
            return regions;
        }
    }


    private static float[] Whole(ReadOnlySpan<float> coverage)
    {
        float most = 0;
        foreach (float value in coverage) most = Math.Max(most, value);
        var mask = new float[coverage.Length];
        for (int i = 0; i < mask.Length; i++) mask[i] = most > 0 && coverage[i] >= CoveredShare * most ? 1 : 0;
        return mask;
    }
}
