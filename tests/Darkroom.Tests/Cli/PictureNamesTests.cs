using Darkroom.Cli.Output;

namespace Darkroom.Tests.Cli;

public class PictureNamesTests
{
    // Property: one picture has the name given, those of a batch are numbered from 0.
    [Fact]
    public void Batches_are_numbered()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(folder.File("apple.png"), PictureNames.Choose(folder.File("apple.png"), "x", 1, false).Of(0));
        Assert.Equal(folder.File("apple-1.png"), PictureNames.Choose(folder.File("apple.png"), "x", 2, false).Of(1));
    }

    // Property: every file that exists is refused before any work, unless told to overwrite.
    [Fact]
    public void Existing_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("apple-0.png"), "");
        File.WriteAllText(folder.File("apple-2.png"), "");
        var error = Assert.Throws<DarkroomException>(() => PictureNames.Choose(folder.File("apple.png"), "x", 3, overwrite: false));
        Assert.Equal(ErrorKind.OutputFailed, error.Kind);
        Assert.Equal([folder.File("apple-0.png"), folder.File("apple-2.png")], error.Problems.Select(p => p.Where));
        Assert.Equal(folder.File("apple-2.png"), PictureNames.Choose(folder.File("apple.png"), "x", 3, overwrite: true).Of(2));
    }

    // Property: without a name, or with a folder, the prompt names the picture, and only with letters that every file system takes.
    [Theory]
    [InlineData("A red apple, on a (blue:1.2) background", "a-red-apple-on-a-blue-1-2-background.png")]
    [InlineData("../../etc/passwd", "etc-passwd.png")]
    [InlineData("林檎", "picture.png")]
    [InlineData("one two three four five six seven eight nine ten eleven twelve", "one-two-three-four-five-six-seven-eight-nine-ten.png")]
    public void Prompts_name_pictures(string prompt, string expected)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(expected, PictureNames.Choose(null, prompt, 1, false).Of(0));
        var names = PictureNames.Choose(folder.Path, prompt, 1, false);
        Assert.Equal(folder.File(expected), names.Of(0));
        Assert.True(names.MayTakeNextFree);
    }

    // Property: a kind of picture that is not written is refused before any work.
    [Fact]
    public void Other_kinds_are_refused() => Assert.Throws<DarkroomException>(() => PictureNames.Choose("apple.tiff", "x", 1, false));
}
