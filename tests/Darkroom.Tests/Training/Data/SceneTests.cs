using System.Diagnostics;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Tests.Training.Data;

public class SceneTests
{
    private const int Edge = 64;

    internal static string Emoji { get; } = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji");

    private static readonly Lazy<ScenePainter> Painter = new(() => new ScenePainter(Emoji));

    // Property: a scene's words and pixels depend on (seed, index) alone, not on order or threads.
    [Fact]
    public void Scenes_are_a_function_of_seed_and_index()
    {
        var forwards = Enumerable.Range(0, 64).Select(i => Draw(7, i)).ToList();
        var parallel = new (string, float[])[64];
        Parallel.For(0, 64, i => parallel[63 - i] = Draw(7, 63 - i));
        for (int i = 0; i < 64; i++)
        {
            Assert.Equal(forwards[i].Caption, parallel[i].Item1);
            Assert.Equal(forwards[i].Pixels, parallel[i].Item2);
        }
        Assert.NotEqual(forwards[0].Pixels, Draw(8, 0).Pixels);
    }

    // Property: training scenes never show a held-out combination, held-out scenes show nothing else, and the shares are those promised.
    [Fact]
    public void Held_out_combinations_are_never_trained_on()
    {
        var training = new SceneSource(1);
        var heldOut = new SceneSource(1, SceneSplit.HeldOut);
        for (int i = 0; i < 5000; i++)
        {
            Assert.False(IsHeldOut(training[i]));
            Assert.True(IsHeldOut(heldOut[i]));
        }
        int objects = SceneVocabulary.Objects.Count, pairs = 0, heldOutPairs = 0;
        for (int a = 0; a < objects; a++)
        {
            for (int b = a + 1; b < objects; b++, pairs++)
            {
                Assert.Equal(SceneHoldout.IsPairHeldOut(a, b), SceneHoldout.IsPairHeldOut(b, a));
                if (SceneHoldout.IsPairHeldOut(a, b)) heldOutPairs++;
            }
        }
        Assert.InRange(heldOutPairs / (double)pairs, 0.13, 0.17);

        static bool IsHeldOut(Scene scene) => scene.Objects.Count == 2
            ? SceneHoldout.IsPairHeldOut(scene.Objects[0].Object, scene.Objects[1].Object)
            : SceneHoldout.IsSingleHeldOut(scene.Objects[0].Object, scene.Style, scene.Colour);
    }

    // Property: the caption names every object, and style and background are those of the scene wherever it names them.
    [Fact]
    public void Captions_tell_the_truth()
    {
        var source = new SceneSource(2);
        int named = 0;
        for (int i = 0; i < 5000; i++)
        {
            var scene = source[i];
            string caption = scene.Caption;
            foreach (var placed in scene.Objects) Assert.Contains(SceneVocabulary.Objects[placed.Object].Name, caption);
            foreach (string style in SceneVocabulary.Styles) Assert.True(!caption.Contains(style + " style") || style == SceneVocabulary.Styles[scene.Style]);
            foreach (var colour in SceneVocabulary.Colours)
            {
                if (!caption.Contains(colour.Name + " background")) continue;
                Assert.Equal(SceneVocabulary.Colours[scene.Colour], colour);
                named++;
            }
        }
        Assert.InRange(named, 4300, 4900);
    }

    // Property: the word list names every word of every caption, and no word that captions lack.
    [Fact]
    public void Words_are_those_of_the_captions()
    {
        var source = new SceneSource(4);
        string[] captions = [.. Enumerable.Range(0, 20_000).Select(i => source[i].Caption)];
        Assert.All(captions, caption => Assert.Empty(SceneWords.All.UnknownIn(caption)));
        var used = CaptionWords.Of(captions)!.Groups.Single().Words;
        Assert.Equal(used.Order(), SceneWords.All.Groups.SelectMany(g => g.Words).SelectMany(ModelWords.Split).Distinct().Order());
    }

    // Property: where the caption says one object lies is where its mask lies.
    [Fact]
    public void Sides_in_captions_are_those_of_the_masks()
    {
        var source = new SceneSource(3);
        int pairs = 0;
        for (int i = 0; i < 400; i++)
        {
            var scene = source[i];
            if (scene.Objects.Count != 2) continue;
            pairs++;
            var (a, b) = (Centre(scene, 0), Centre(scene, 1));
            string first = SceneVocabulary.Objects[scene.Objects[0].Object].Name, second = SceneVocabulary.Objects[scene.Objects[1].Object].Name;
            bool firstIsNamedFirst = scene.Caption.IndexOf(first, StringComparison.Ordinal) < scene.Caption.IndexOf(second, StringComparison.Ordinal);
            var (named, other) = firstIsNamedFirst ? (a, b) : (b, a);
            string place = Word(scene.Caption);
            Assert.True(place switch
            {
                "left" => named.X < other.X - 15,
                "right" => named.X > other.X + 15,
                "above" => named.Y < other.Y - 15,
                "below" => named.Y > other.Y + 15,
                _ => false,
            }, $"{scene.Caption}: {named} {other}");
        }
        Assert.True(pairs > 150);

        static string Word(string caption)
        {
            (string Text, string Place)[] words = [("left of", "left"), ("on the left and", "left"), ("right of", "right"), ("on the right and", "right"),
                ("above", "above"), ("over", "above"), ("at the top and", "above"), ("below", "below"), ("under", "below"), ("at the bottom and", "below")];
            return words.First(w => caption.Contains($" {w.Text} ", StringComparison.Ordinal)
                || caption.Contains($" the {w.Text} ", StringComparison.Ordinal)).Place;
        }
    }

    // Property: outside the masks a scene is its background colour exactly, and inside it is not all background.
    [Fact]
    public void Background_is_exact_outside_the_masks()
    {
        var source = new SceneSource(4);
        var pixels = new float[3 * Edge * Edge];
        for (int i = 0; i < 200; i++)
        {
            var scene = source[i];
            var masks = new float[scene.Objects.Count * Edge * Edge];
            Painter.Value.Paint(scene, Edge, pixels, masks);
            var colour = SceneVocabulary.Colours[scene.Colour];
            int covered = 0;
            for (int at = 0; at < Edge * Edge; at++)
            {
                float cover = 0;
                for (int k = 0; k < scene.Objects.Count; k++) cover += masks[k * Edge * Edge + at];
                Assert.InRange(cover, 0, 1.0001f);
                if (cover > 0.5f) covered++;
                if (cover == 0) Assert.Equal(colour.Green / 127.5f - 1, pixels[Edge * Edge + at]);
            }
            Assert.True(covered > 60, scene.Caption);
            Assert.All(pixels, p => Assert.InRange(p, -1.0001f, 1.0001f));
        }
    }

    // Property: composing is at least an order of magnitude faster than any training step that could use it.
    [Fact]
    public void Composing_is_fast()
    {
        Draw(1, 0);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 500; i++) Draw(1, i);
        Assert.True(watch.Elapsed.TotalSeconds < 1, $"{500 / watch.Elapsed.TotalSeconds:f0} scenes/s");
    }

    // Property: a folder without the sheets is refused with the name of what is missing.
    [Fact]
    public void A_missing_folder_is_named()
    {
        var error = Assert.Throws<DarkroomException>(() => new ScenePainter("no-such-folder"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("no-such-folder", error.Message);
    }

    private static (string Caption, float[] Pixels) Draw(long seed, int index)
    {
        var scene = new SceneSource(seed)[index];
        var pixels = new float[3 * Edge * Edge];
        Painter.Value.Paint(scene, Edge, pixels);
        return (scene.Caption, pixels);
    }

    private static (double X, double Y) Centre(Scene scene, int index)
    {
        var masks = new float[scene.Objects.Count * Edge * Edge];
        Painter.Value.Paint(scene, Edge, new float[3 * Edge * Edge], masks);
        double sum = 0, x = 0, y = 0;
        for (int at = 0; at < Edge * Edge; at++)
        {
            double weight = masks[index * Edge * Edge + at];
            sum += weight;
            x += weight * (at % Edge);
            y += weight * (at / Edge);
        }
        return (x / sum, y / sum);
    }
}
