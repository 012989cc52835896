using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>What a judge sees in one picture: how surely each object is there, and where.</summary>
internal sealed class SceneJudgement
{
    /// <summary>The smallest object that scenes show fills this many cells.</summary>
    private const int CellsOfPresence = 4;

    private readonly float[] _presence;
    private readonly float[] _x;
    private readonly float[] _y;

    private SceneJudgement(float[] presence, float[] x, float[] y) => (_presence, _x, _y) = (presence, x, y);

    /// <summary>The object with the highest presence.</summary>
    public int Strongest => Array.IndexOf(_presence, _presence.Max());

    /// <summary>In [0, 1]: the mean probability of an object in the four cells where it is likeliest.</summary>
    public float Presence(int thing) => _presence[thing];

    /// <summary>Whether an object is there: its presence is at least one half, so that nothing else is likelier in its cells.</summary>
    public bool IsFound(int thing) => Presence(thing) >= 0.5f;

    /// <summary>An object's centre, in fractions of the picture: the mean of the cells' centres, weighted by its probability in them.</summary>
    public (float X, float Y) Centre(int thing) => (_x[thing], _y[thing]);

    /// <summary>Reads the logits of a batch.</summary>
    /// <param name="logits">[B, objects + 1, rows, columns].</param>
    public static IReadOnlyList<SceneJudgement> Read(Tensor logits)
    {
        using var scope = NewDisposeScope();
        long batch = logits.shape[0], objects = logits.shape[1] - 1, rows = logits.shape[2], columns = logits.shape[3];
        var probabilities = logits.softmax(1).narrow(1, 0, objects);
        var presence = probabilities.flatten(2).topk((int)Math.Min(CellsOfPresence, rows * columns), dim: -1).values.mean([-1]);
        var mass = probabilities.sum([2, 3]);
        var x = (probabilities.sum(2) * Centres(columns)).sum(-1) / mass;
        var y = (probabilities.sum(3) * Centres(rows)).sum(-1) / mass;
        return [.. Enumerable.Range(0, (int)batch).Select(i => new SceneJudgement(Row(presence, i), Row(x, i), Row(y, i)))];
    }

    private static Tensor Centres(long cells) => (arange(cells, ScalarType.Float32) + 0.5f) / cells;

    private static float[] Row(Tensor table, int row) => [.. table[row].contiguous().data<float>()];
}
