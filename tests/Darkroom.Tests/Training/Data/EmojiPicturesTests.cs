using Darkroom.Tests.Golden;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Emoji;

namespace Darkroom.Tests.Training.Data;

public class EmojiPicturesTests
{
    private static readonly DataSettings Settings = new()
    {
        Kind = DataKind.Emoji,
        Path = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji"),
        Edge = 16,
        Classes = ClassKind.Group,
        HoldOut = 0.1,
        Flip = true,
        Jitter = 0.2,
    };

    // Property: no object that is held out is trained on in any style, and the division doesn't depend on the seed.
    [Fact]
    public void Held_out_objects_are_never_trained_on()
    {
        var (training, heldOut, classes) = EmojiPictures.Open(Settings, seed: 1);
        var unseen = Enumerable.Range(0, heldOut.Count).Select(i => heldOut[i].Caption).ToHashSet();
        Assert.DoesNotContain(Enumerable.Range(0, training.Count).Select(i => training[i].Caption), unseen.Contains);
        Assert.Equal(720 * 3, training.Count + heldOut.Count);
        Assert.InRange(heldOut.Count, 150, 290);
        var other = EmojiPictures.Open(Settings, seed: 2).HeldOut;
        Assert.Equal(unseen, [.. Enumerable.Range(0, other.Count).Select(i => other[i].Caption)]);
        Assert.Equal(["activities", "animals-nature", "food-drink", "objects", "travel-places"], classes);
    }

    // Property: sample p is the same whenever it is asked for, other seeds give others, and every sample has its class and lies in [-1, 1] on white.
    [Fact]
    public void Samples_are_a_function_of_seed_and_number()
    {
        var (training, heldOut, classes) = EmojiPictures.Open(Settings, seed: 1);
        var again = EmojiPictures.Open(Settings, seed: 1).Training;
        var other = EmojiPictures.Open(Settings, seed: 2).Training;
        foreach (long p in new long[] { 7, 3, 2 * training.Count + 5 })
        {
            var sample = training[p];
            Assert.Equal(sample.Pixels, again[p].Pixels);
            Assert.NotEqual(sample.Pixels, other[p].Pixels);
            Assert.InRange(sample.Class!.Value, 0, classes.Count - 1);
            Assert.InRange(sample.Pixels.Min(), -1.0001f, 1.0001f);
            Assert.InRange(sample.Pixels.Max(), 0.99f, 1.0001f);
        }
        Assert.Equal(heldOut[3].Pixels, heldOut[3 + heldOut.Count].Pixels);
        Assert.NotEqual(training[3].Pixels, training[3 + training.Count].Pixels);
    }

    // Property: classes that a data set doesn't have, and numbers out of range, are refused by name.
    [Fact]
    public void Impossible_settings_are_refused()
    {
        Assert.Contains("data.classes", Assert.Throws<DarkroomException>(() => EmojiPictures.Open(Settings with { Classes = ClassKind.Folder }, 0)).Message);
        Assert.Contains("data.jitter", Assert.Throws<DarkroomException>(() => EmojiPictures.Open(Settings with { Jitter = 0.6 }, 0)).Message);
        Assert.Contains("data.holdOut", Assert.Throws<DarkroomException>(() => EmojiPictures.Open(Settings with { HoldOut = 1 }, 0)).Message);
        Assert.Contains("data.classes", Assert.Throws<DarkroomException>(() => TrainingPictures.Open(Settings with { Kind = DataKind.Scenes }, 0)).Message);
    }
}
