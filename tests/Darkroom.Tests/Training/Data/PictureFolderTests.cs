using Darkroom.Imaging;
using Darkroom.Tests.Cli;
using Darkroom.Training.Data;

namespace Darkroom.Tests.Training.Data;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private DataSettings Settings => new() { Kind = DataKind.Folder, Path = _folder.Path, Edge = 16, HoldOut = 0, Captions = true };

    public void Dispose() => _folder.Dispose();

    // Property: in each epoch every picture comes once, in another order, with its own caption.
    [Fact]
    public void Every_epoch_shows_every_picture_once()
    {
        for (int i = 0; i < 6; i++) Save($"p{i}.png", (byte)(40 * i), $"number {i}");
        var (training, _) = PictureFolder.Open(Settings, seed: 2);
        var epochs = Enumerable.Range(0, 4).Select(e => Enumerable.Range(6 * e, 6).Select(p => training[p].Caption).ToList()).ToList();
        foreach (var epoch in epochs) Assert.Equal(6, epoch.Distinct().Count());
        Assert.True(epochs.Select(e => string.Join(",", e)).Distinct().Count() > 1);
        for (int p = 0; p < 6; p++)
        {
            var sample = training[p];
            Assert.Equal(training.CaptionAt(p), sample.Caption);
            int number = int.Parse(sample.Caption.Split(' ')[1]);
            Assert.Equal(2 * (40 * number / 255f) - 1, sample.Pixels[0], 1e-5f);
        }
    }

    // Property: a damaged picture is named, skipped and counted once, and its place is taken by another.
    [Fact]
    public void A_damaged_picture_is_named_skipped_and_counted()
    {
        Save("good.png", 10, "good");
        File.WriteAllBytes(_folder.File("bad.png"), [1, 2, 3]);
        File.WriteAllText(_folder.File("bad.txt"), "bad");
        var warnings = new List<Problem>();
        var (training, _) = PictureFolder.Open(Settings, seed: 2, warnings.Add);
        for (int p = 0; p < 8; p++) Assert.Equal("good", training[p].Caption);
        Assert.Equal(1, training.Skipped);
        var warning = Assert.Single(warnings);
        Assert.EndsWith("bad.png", warning.Where);
        Assert.Contains("1 so far", warning.What);
    }

    // Property: a folder without one readable picture is an error, not an endless search.
    [Fact]
    public void Nothing_readable_is_an_error()
    {
        File.WriteAllBytes(_folder.File("bad.png"), [1, 2, 3]);
        var (training, _) = PictureFolder.Open(Settings with { Captions = false }, seed: 2);
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => training[0]).Kind);
    }

    // Property: an empty folder and one that doesn't exist are told apart and named.
    [Fact]
    public void Empty_and_missing_folders_are_named()
    {
        var empty = Assert.Throws<DarkroomException>(() => PictureFolder.Open(Settings, seed: 0));
        Assert.Contains("no pictures", empty.Message);
        var missing = Assert.Throws<DarkroomException>(() => PictureFolder.Open(Settings with { Path = _folder.File("none") }, seed: 0));
        Assert.Contains("no such folder", missing.Message);
    }

    // Property: where captions are required, the pictures without one are named; where not, they have none.
    [Fact]
    public void Missing_captions_are_named()
    {
        Save("a.png", 1, "a cat");
        Save("b.png", 2, null);
        var error = Assert.Throws<DarkroomException>(() => PictureFolder.Open(Settings, seed: 0));
        Assert.Contains("1 pictures have no caption: b.png", error.Message);
        var (training, _) = PictureFolder.Open(Settings with { Captions = false }, seed: 0);
        Assert.Equal(["", "a cat"], Enumerable.Range(0, 2).Select(p => training[p].Caption).Order());
    }

    // Property: captions are read from one JSON Lines file too, and its mistakes are named by line.
    [Fact]
    public void Captions_come_from_json_lines()
    {
        Save("a.png", 1, null);
        Save(Path.Combine("deep", "b.png"), 2, null);
        File.WriteAllText(_folder.File("captions.jsonl"), "{\"file_name\": \"a.png\", \"text\": \"one\"}\n\n{\"file_name\": \"deep/b.png\", \"caption\": \"two\"}\n");
        var (training, _) = PictureFolder.Open(Settings, seed: 0);
        Assert.Equal(["one", "two"], Enumerable.Range(0, 2).Select(p => training[p].Caption).Order());

        File.WriteAllText(_folder.File("captions.jsonl"), "{\"file_name\": \"a.png\"}\n{\"file_name\": \"c.png\", \"text\": \"x\"}\nnonsense\n");
        var error = Assert.Throws<DarkroomException>(() => PictureFolder.Open(Settings, seed: 0));
        Assert.Equal([":1", ":2", ":3"], error.Problems.Select(p => p.Where![^2..]));
    }

    // Property: a mirrored picture has left and right exchanged in its caption, and is the mirror image.
    [Fact]
    public void A_flip_is_aware_of_the_text()
    {
        var picture = new Picture(16, 16, PixelFormat.Rgb);
        picture.Pixels[0] = 255;                                     // a red dot in the corner at the left
        picture.Save(_folder.File("a.png"));
        File.WriteAllText(_folder.File("a.txt"), "a dot Left of nothing, not right; bright");
        var (training, _) = PictureFolder.Open(Settings with { Flip = true }, seed: 1);
        var samples = Enumerable.Range(0, 20).Select(p => training[p]).ToList();
        var mirrored = samples.Where(s => s.Pixels[15] > 0).ToList();
        Assert.InRange(mirrored.Count, 4, 16);
        Assert.All(mirrored, s => Assert.Equal("a dot Right of nothing, not left; bright", s.Caption));
        Assert.All(samples.Except(mirrored), s => Assert.Equal("a dot Left of nothing, not right; bright", s.Caption));
    }

    // Property: pictures of any shape come out as squares, cut from the centre, transparency on white.
    [Fact]
    public void Any_shape_becomes_a_square()
    {
        var wide = new Picture(64, 16, PixelFormat.Rgba);            // all transparent
        wide.Save(_folder.File("wide.png"));
        var (training, _) = PictureFolder.Open(Settings with { Captions = false }, seed: 0);
        var sample = training[0];
        Assert.Equal((16, 16, 3 * 16 * 16), (sample.Height, sample.Width, sample.Pixels.Length));
        Assert.All(sample.Pixels, p => Assert.Equal(1, p));
    }

    // Property: pictures held out for evaluation are never trained on.
    [Fact]
    public void Held_out_pictures_are_never_trained_on()
    {
        for (int i = 0; i < 10; i++) Save($"p{i}.png", (byte)i, $"number {i}");
        var (training, heldOut) = PictureFolder.Open(Settings with { HoldOut = 0.3 }, seed: 5);
        Assert.Equal((7, 3), (training.Count, heldOut.Count));
        var seen = Enumerable.Range(0, 21).Select(p => training[p].Caption).ToHashSet();
        Assert.All(Enumerable.Range(0, 6), p => Assert.DoesNotContain(heldOut[p].Caption, seen));
    }

    private void Save(string name, byte red, string? caption)
    {
        var picture = new Picture(16, 16, PixelFormat.Rgb);
        for (int at = 0; at < picture.Pixels.Length; at += 3) picture.Pixels[at] = red;
        picture.Save(_folder.File(name));
        if (caption is not null) File.WriteAllText(Path.ChangeExtension(_folder.File(name), ".txt"), caption);
    }
}
