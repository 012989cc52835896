using Darkroom.Evaluation;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Metrics;
using Darkroom.Imaging;
using Darkroom.Tests.Cli;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation;

public sealed class SetComparisonTests : IDisposable
{
    private static readonly IReadOnlySet<SetMeasure> All = Enum.GetValues<SetMeasure>().ToHashSet();

    private readonly TemporaryFolder _folder = new();
    private readonly Colours _extractor = new();

    public void Dispose()
    {
        _extractor.Dispose();
        _folder.Dispose();
    }

    // Property: a comparison of folders gives what the measures give of the features, and only what is asked for.
    [Fact]
    public void Folders_are_measured()
    {
        var (real, generated) = (Fill("real", 20, 1), Fill("generated", 15, 2));
        var done = new List<(int, int)>();
        var result = new SetComparison(real, generated, All).Run(_extractor, (at, total) => done.Add((at, total)));
        using var scope = NewDisposeScope();
        Tensor x = PictureSet.Open(real).Extract(_extractor).Features, y = PictureSet.Open(generated).Extract(_extractor).Features;
        Assert.Equal(FrechetDistance.Between(FeatureStatistics.Of(x), FeatureStatistics.Of(y)), result.Fid);
        Assert.Equal(KernelDistance.OverSubsets(x, y), result.Kid);
        Assert.Equal(PrecisionRecall.Between(x, y), result.PrecisionRecall);
        Assert.Equal(InceptionScore.Of(-y), result.InceptionScore);
        Assert.Equal(("colours", 20, 15), (result.Network, result.RealPictures, result.GeneratedPictures));
        Assert.Equal((35, 35), done[^1]);

        var score = new SetComparison(real, generated, new HashSet<SetMeasure> { SetMeasure.InceptionScore }).Run(_extractor);
        Assert.Equal((null, null, null, result.InceptionScore), (score.Fid, score.Kid, score.PrecisionRecall, score.InceptionScore));
    }

    // Property: the FID of a folder and of the statistics written of it is the same, in either place; a set against itself is at 0.
    [Fact]
    public void Statistics_stand_for_their_folder()
    {
        var (real, generated) = (Fill("real", 20, 1), Fill("generated", 15, 2));
        string statistics = _folder.File("real.npz");
        using (NewDisposeScope()) FeatureStatistics.Of(PictureSet.Open(real).Extract(_extractor).Features).Save(statistics);
        double Fid(string first, string second) => new SetComparison(first, second, new HashSet<SetMeasure> { SetMeasure.Fid }).Run(_extractor).Fid!.Value;
        Assert.Equal(Fid(real, generated), Fid(statistics, generated), 12);
        Assert.Equal(Fid(generated, real), Fid(generated, statistics), 12);
        Assert.InRange(Fid(real, statistics), 0, 1e-12);
        Assert.False(new SetComparison(statistics, statistics, new HashSet<SetMeasure> { SetMeasure.Fid }).NeedsNetwork);
    }

    // Property: measures that need pictures are refused for statistics, all at once; the Inception score needs those of the generated set alone.
    [Fact]
    public void Statistics_have_no_pictures()
    {
        var error = Assert.Throws<DarkroomException>(() => new SetComparison("real", "generated.npz", All));
        Assert.Equal(3, error.Problems.Count);
        Assert.Equal(2, Assert.Throws<DarkroomException>(() => new SetComparison("real.npz", "generated", All)).Problems.Count);
    }

    // Property: nothing is left alive by a comparison, and a cancelled one ends.
    [Fact]
    public void Tensors_are_freed()
    {
        var (real, generated) = (Fill("real", 6, 1), Fill("generated", 6, 2));
        var comparison = new SetComparison(real, generated, All);
        long before = DisposeScopeManagerCount();
        comparison.Run(_extractor);
        Assert.Equal(before, DisposeScopeManagerCount());
        Assert.ThrowsAny<OperationCanceledException>(() => comparison.Run(_extractor, cancellation: new CancellationToken(canceled: true)));
    }

    private static long DisposeScopeManagerCount() => TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private string Fill(string name, int count, int seed)
    {
        var random = new Random(seed);
        string folder = _folder.File(name);
        for (int i = 0; i < count; i++)
        {
            var picture = new Picture(2, 2, PixelFormat.Rgb);
            random.NextBytes(picture.Pixels);
            picture.Save(Path.Combine(folder, $"{i:000}.png"));
        }
        return folder;
    }

    /// <summary>The mean colour as features, and its negative as scores.</summary>
    private sealed class Colours : IFeatureExtractor
    {
        public string Name => "colours";

        public PictureFeatures Extract(Tensor pictures)
        {
            var colours = pictures.mean([2, 3]);
            return new(colours, -colours);
        }

        public void Dispose()
        {
            // It holds nothing.
        }
    }
}
