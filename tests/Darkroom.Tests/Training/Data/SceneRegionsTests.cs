using Darkroom.Tests.Golden;
using Darkroom.Text;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Tests.Training.Data;

/// <summary>Each thing of a scene has a region: the tokens are those of its name in the caption, and the mask lies where it was placed.</summary>
public class SceneRegionsTests
{
    private const int Edge = 16;
    private const int Scenes = 2000;

    // Property: for every scene of the first two thousand, one region for each thing, whose tokens read as the thing's name.
    [Fact]
    public void Tokens_of_a_region_read_as_the_name_of_its_thing()
    {
        var (source, tokenizer, regions) = Open();
        for (int i = 0; i < Scenes; i++)
        {
            var scene = source[i];
            int[] row = tokenizer.Row(scene.Caption);
            var found = regions[i];
            Assert.Equal(scene.Objects.Count, found.Count);
            foreach (var (thing, region) in scene.Objects.Zip(found))
                Assert.Equal(SceneVocabulary.Objects[thing.Object].Name, tokenizer.Decode(region.Tokens.Select(at => row[at])).Trim());
        }
    }

    // Property: a mask is 0 or 1, is 1 somewhere, and is 1 only inside of the square in which its thing was placed; masks of two things don't meet.
    [Fact]
    public void Masks_lie_where_things_were_placed()
    {
        var (source, _, regions) = Open();
        for (int i = 0; i < Scenes; i++)
        {
            var (scene, found) = (source[i], regions[i]);
            foreach (var (thing, region) in scene.Objects.Zip(found))
            {
                Assert.All(region.Mask, value => Assert.True(value is 0 or 1));
                Assert.Contains(1f, region.Mask);
                float left = (thing.CentreX - thing.Size / 2) * Edge, top = (thing.CentreY - thing.Size / 2) * Edge, size = thing.Size * Edge;
                for (int at = 0; at < Edge * Edge; at++)
                {
                    if (region.Mask[at] == 0) continue;
                    Assert.InRange(at % Edge, left - 1, left + size);
                    Assert.InRange(at / Edge, top - 1, top + size);
                }
            }
            if (found.Count == 2) Assert.DoesNotContain(2f, found[0].Mask.Zip(found[1].Mask, (a, b) => a + b));
        }
    }

    private static (SceneSource Source, ClipTokenizer Tokenizer, SceneRegions Regions) Open()
    {
        var source = new SceneSource(7);
        var tokenizer = ClipTokenizerFolder.Load(Path.Combine(GoldenData.RepositoryRoot, "models", "scenes", "tokenizer"));
        var painter = new ScenePainter(Path.Combine(GoldenData.RepositoryRoot, "data", "emoji"));
        return (source, tokenizer, new SceneRegions(source, painter, tokenizer, Edge));
    }
}
