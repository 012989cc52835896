using Darkroom.Networks.Classifiers;

namespace Darkroom.Training.Data.Scenes;

/// <summary>A picture, and what each of its cells shows.</summary>
/// <param name="Pixels">3 * edge * edge numbers, channel by channel (CHW), in [-1, 1].</param>
/// <param name="Cells">Rows first: an object's index, <see cref="CellLabels.Nothing"/> or <see cref="CellLabels.Undecided"/>.</param>
internal sealed record JudgeSample(float[] Pixels, long[] Cells);

/// <summary>Scenes with the labels of their cells: every other one as captions describe them, the rest loose.</summary>
/// <param name="seed">Decides which.</param>
/// <param name="painter">Draws them.</param>
/// <param name="edge">Width and height in pixels.</param>
internal sealed class JudgeScenes(long seed, ScenePainter painter, int edge) : ISampleSequence<JudgeSample>
{
    private readonly SceneSource _captioned = new(seed);
    private readonly LooseScenes _loose = new(seed);

    /// <inheritdoc/>
    public JudgeSample this[long position]
    {
        get
        {
            var scene = position % 2 == 0 ? _captioned[position / 2] : _loose[position / 2];
            var pixels = new float[3 * edge * edge];
            painter.Paint(scene, edge, pixels);
            return new JudgeSample(pixels, CellLabels.Of(scene, edge / SceneJudge.CellEdge));
        }
    }
}

/// <summary>What each cell of a scene shows.</summary>
internal static class CellLabels
{
    /// <summary>The label of a cell without an object.</summary>
    public static readonly long Nothing = SceneVocabulary.Objects.Count;

    /// <summary>The label of a cell at an object's border, which is not trained on.</summary>
    public const long Undecided = -100;

    /// <summary>The inner 70 % of an object's square is the object, and its border is neither that nor nothing.</summary>
    private const float Inside = 0.35f;
    private const float Outside = 0.55f;

    /// <summary>The labels of a scene, rows first.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="cells">Cells in a row and in a column.</param>
    public static long[] Of(Scene scene, int cells)
    {
        var labels = new long[cells * cells];
        Array.Fill(labels, Nothing);
        foreach (var placed in scene.Objects)
        {
            for (int i = 0; i < labels.Length; i++)
            {
                float x = (i % cells + 0.5f) / cells, y = (i / cells + 0.5f) / cells;
                float distance = Math.Max(Math.Abs(x - placed.CentreX), Math.Abs(y - placed.CentreY)) / placed.Size;
                if (distance <= Inside) labels[i] = placed.Object;
                else if (distance <= Outside && labels[i] == Nothing) labels[i] = Undecided;
            }
        }
        return labels;
    }
}
