using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Lecture;

public class FigureFileTests
{
    // Property: a figure of up to 256 colours is kept exactly, one of more within a few levels, and its commonest colours exactly.
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(20_000)]
    public void Colours_are_kept(int colours)
    {
        var random = new Random(3);
        int[] palette = [.. Enumerable.Range(0, colours).Select(i => colours <= 256 ? random.Next(1 << 24) : 0x404040 + (i & 63) + (i >> 6 & 63) * 0x100)];
        var figure = new Picture(200, 150, PixelFormat.Rgb);
        figure.Pixels.Fill(255);
        for (int i = 0; i < 20_000; i++)
        {
            int colour = palette[i % colours];
            (figure.Pixels[3 * i], figure.Pixels[3 * i + 1], figure.Pixels[3 * i + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        }
        var read = Picture.Decode(FigureFile.Encode(figure)).Convert(PixelFormat.Rgb);
        int worst = figure.Pixels.ToArray().Zip(read.Pixels.ToArray(), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(worst, 0, colours <= 256 ? 0 : 8);
        Assert.Equal(255, read.Pixels[^1]);
    }

    // Property: figures are PNG files, and other names are refused before anything is written.
    [Fact]
    public void Other_names_are_refused()
    {
        using var folder = new TemporaryFolder();
        var figure = new Picture(2, 2, PixelFormat.Rgb);
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => FigureFile.Save(figure, folder.File("a.jpg"))).Kind);
        FigureFile.Save(figure, folder.File("a.png"));
        FigureFile.Save(figure, folder.File("a.png"));
        Assert.Single(Directory.EnumerateFiles(folder.Path));
    }
}
