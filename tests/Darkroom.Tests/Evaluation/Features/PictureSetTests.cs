using Darkroom.Evaluation.Features;
using Darkroom.Imaging;
using Darkroom.Tests.Cli;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Features;

public sealed class PictureSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Property: features come in the order of the names, whatever the sizes and batches, and belong to the caller.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void Features_are_in_order(int batch)
    {
        int[] edges = [2, 2, 3, 2, 2, 2, 4];
        for (int i = 0; i < edges.Length; i++) Save($"{i}.png", edges[i], (byte)(10 * i));
        var pictures = PictureSet.Open(_folder.Path);
        Assert.Equal(edges.Length, pictures.Count);
        var done = new List<int>();
        using var extractor = new Brightness();
        var features = pictures.Extract(extractor, batch, done.Add);
        using (features.Features)
            Assert.Equal(Enumerable.Range(0, edges.Length).Select(i => (float)(10 * i)), features.Features.data<float>().Select(v => MathF.Round(v)));
        Assert.Null(features.Logits);
        Assert.Equal(edges.Length, done[^1]);
        Assert.Equal(done.Order().Distinct(), done);
    }

    // Property: pictures that cannot be read are all named, and there is no figure.
    [Fact]
    public void Unreadable_pictures_are_named()
    {
        Save("a.png", 2, 1);
        File.WriteAllText(_folder.File("b.png"), "no picture");
        Save("c.png", 2, 1);
        File.WriteAllText(_folder.File("d.jpg"), "no picture");
        using var extractor = new Brightness();
        var error = Assert.Throws<DarkroomException>(() => PictureSet.Open(_folder.Path).Extract(extractor));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Equal(["b.png", "d.jpg"], error.Problems.Select(p => Path.GetFileName(p.Where!)));
    }

    // Property: a folder that is missing or has no pictures is not found.
    [Fact]
    public void There_must_be_pictures()
    {
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => PictureSet.Open(_folder.File("missing"))).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => PictureSet.Open(_folder.Path)).Kind);
    }

    private void Save(string name, int edge, byte value)
    {
        var picture = new Picture(edge, edge, PixelFormat.Rgb);
        picture.Pixels.Fill(value);
        picture.Save(_folder.File(name));
    }

    private sealed class Brightness : IFeatureExtractor
    {
        public string Name => "brightness";

        public PictureFeatures Extract(Tensor pictures) => new((pictures.flatten(1).mean([1]).unsqueeze(1) + 1) * 127.5f, null);

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
