using Darkroom.Evaluation.Scenes;
using Darkroom.Runtime;
using Darkroom.Tests.Training.Data;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Scenes;

public class BackgroundColourTests
{
    private const int Count = 1000;

    // Property: on rendered scenes of all kinds the colour is named right at least 99 times in 100, and on degraded ones at least 97 times.
    [Theory]
    [InlineData(false, 0.99)]
    [InlineData(true, 0.97)]
    public void Colours_are_named_right(bool degraded, double least)
    {
        var source = new SceneSource(77);
        var pictures = new ScenePictures(source, new ScenePainter(SceneTests.Emoji), 64);
        using var clean = PixelTensors.Stack([.. Enumerable.Range(0, Count).Select(i => pictures[i])]);
        using var seen = degraded ? new PictureDegradation().Apply(clean, new TorchGenerator(3)) : clean.alias();
        int right = BackgroundColour.Of(seen).Where((colour, i) => colour == source[i].Colour).Count();
        Assert.True(right >= least * Count, $"{right} of {Count}");
    }

    // Property: a plain picture of each colour is that colour.
    [Fact]
    public void Plain_pictures_are_their_colour()
    {
        using var colours = tensor(SceneVocabulary.Colours.SelectMany(c => new[] { c.Red, c.Green, c.Blue }).Select(v => v / 127.5f - 1).ToArray(), [12, 3, 1, 1]);
        using var plain = colours.expand(12, 3, 64, 64);
        Assert.Equal(Enumerable.Range(0, 12), BackgroundColour.Of(plain));
    }
}
