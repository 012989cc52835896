using Darkroom.Networks.Classifiers;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Tests.Training.Data;

public class JudgeScenesTests
{
    private const int Edge = 64;
    private const int Cells = Edge / SceneJudge.CellEdge;

    // Property: loose scenes show none to three objects inside the picture that don't overlap, and nothing that is held out.
    [Fact]
    public void Loose_scenes_keep_their_few_rules()
    {
        var scenes = new LooseScenes(3);
        var counts = new int[4];
        for (int i = 0; i < 3000; i++)
        {
            var objects = scenes[i].Objects;
            counts[objects.Count]++;
            Assert.All(objects, o =>
            {
                Assert.InRange(o.CentreX, o.Size / 2, 1 - o.Size / 2);
                Assert.InRange(o.CentreY, o.Size / 2, 1 - o.Size / 2);
            });
            if (objects.Count == 1) Assert.False(SceneHoldout.IsSingleHeldOut(objects[0].Object, scenes[i].Style, scenes[i].Colour));
            for (int a = 0; a < objects.Count; a++)
            {
                for (int b = a + 1; b < objects.Count; b++)
                {
                    Assert.False(SceneHoldout.IsPairHeldOut(objects[a].Object, objects[b].Object));
                    float apart = Math.Max(Math.Abs(objects[a].CentreX - objects[b].CentreX), Math.Abs(objects[a].CentreY - objects[b].CentreY));
                    Assert.True(apart >= (objects[a].Size + objects[b].Size) / 2);
                }
            }
        }
        Assert.All(counts, count => Assert.True(count > 50, string.Join(' ', counts)));
    }

    // Property: a cell's label is the object whose square's inner part it lies in; every object has at least four cells; borders are left undecided.
    [Fact]
    public void Labels_lie_where_the_objects_are()
    {
        var loose = new LooseScenes(5);
        var captioned = new SceneSource(5);
        foreach (var scene in Enumerable.Range(0, 500).SelectMany(i => new[] { loose[i], captioned[i] }))
        {
            long[] labels = CellLabels.Of(scene, Cells);
            for (int cell = 0; cell < labels.Length; cell++)
            {
                float x = (cell % Cells + 0.5f) / Cells, y = (cell / Cells + 0.5f) / Cells;
                var over = scene.Objects.Where(o => Math.Abs(x - o.CentreX) < o.Size / 2 && Math.Abs(y - o.CentreY) < o.Size / 2).Select(o => (long)o.Object).ToList();
                Assert.Contains(labels[cell], over.Append(CellLabels.Undecided).Append(over.Count == 0 ? CellLabels.Nothing : CellLabels.Undecided));
            }
            foreach (var placed in scene.Objects) Assert.True(labels.Count(l => l == placed.Object) >= 4, scene.ToString());
        }
    }
}
