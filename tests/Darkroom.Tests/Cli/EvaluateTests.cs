using Darkroom.Checkpoints;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Metrics;
using Darkroom.Imaging;
using Darkroom.Tests.Networks.Inception;
using static TorchSharp.torch;

namespace Darkroom.Tests.Cli;

public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Property: the FID of two statistics files needs no network and is that of the library.
    [Fact]
    public void Statistics_files_are_compared()
    {
        new FeatureStatistics([0, 0], [1, 0, 0, 4]).Save(_folder.File("a.npz"));
        new FeatureStatistics([3, 0], [1, 0, 0, 1]).Save(_folder.File("b.npz"));
        var result = DarkroomProcess.Run(["evaluate", "fid", "a.npz", "b.npz", "--json"], _folder.Path);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(10, result.Json.GetProperty("fid").GetDouble(), 1e-9);
        Assert.Equal("FID        10", DarkroomProcess.Run(["evaluate", "fid", "a.npz", "b.npz"], _folder.Path).Output.Trim());
    }

    // Property: the measures of two folders are what the library gives, with weights in the public layout; so are the statistics written of a folder.
    [Fact]
    public void Folders_are_compared()
    {
        Fill("real", 6, 1);
        Fill("generated", 5, 2);
        using (var generator = new Generator(3, CPU))
        using (var weights = InceptionWeights.Random(generator))
        using (var scope = NewDisposeScope())
        {
            var tensors = weights.Tensors.Keys.ToDictionary(k => k, weights.Read);
            tensors["Conv2d_1a_3x3.bn.num_batches_tracked"] = tensor(5L); // PyTorch's counter is in some files, and of no use
            SafetensorsWriter.Write(_folder.File("inception.safetensors"), tensors);
        }
        var result = DarkroomProcess.Run(
            ["evaluate", "fid", "real", "generated", "--metrics", "kid,PR,is", "--inception", "inception.safetensors", "--json"], _folder.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var extractor = InceptionFeatures.Load(_folder.File("inception.safetensors"));
        using var disposal = NewDisposeScope();
        var real = PictureSet.Open(_folder.File("real")).Extract(extractor);
        var generated = PictureSet.Open(_folder.File("generated")).Extract(extractor);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, result.Json.GetProperty("fid").ValueKind);
        double kid = KernelDistance.Unbiased(real.Features, generated.Features);
        Assert.Equal(5, result.Json.GetProperty("kid").GetProperty("subset_size").GetInt32());
        Assert.Equal(kid, result.Json.GetProperty("kid").GetProperty("mean").GetDouble(), Math.Abs(kid));
        Assert.Equal(InceptionScore.Of(generated.Logits!).Mean, result.Json.GetProperty("inception_score").GetProperty("mean").GetDouble(), 1e-4);
        Assert.Equal(PrecisionRecall.Between(real.Features, generated.Features).Recall,
            result.Json.GetProperty("precision_recall").GetProperty("recall").GetDouble(), 1e-9);
        Assert.Equal("inception-v3 (pytorch-fid)", result.Json.GetProperty("network").GetString());
        Assert.Equal(6, result.Json.GetProperty("real_pictures").GetInt32());

        var written = DarkroomProcess.Run(["evaluate", "statistics", "real", "--output", "real.npz", "--inception", "inception.safetensors"], _folder.Path);
        Assert.Equal(0, written.ExitCode);
        var expected = FeatureStatistics.Of(real.Features);
        var read = FeatureStatistics.Load(_folder.File("real.npz"));
        double scale = expected.Covariance.Max();
        Assert.Equal(2048, read.FeatureCount);
        Assert.All(Enumerable.Range(0, 2048), i => Assert.Equal(expected.Mean[i], read.Mean[i], 1e-4));
        Assert.All(Enumerable.Range(0, 2048), i => Assert.Equal(expected.Covariance[i * 2049], read.Covariance[i * 2049], 1e-3 * scale));
    }

    // Property: what cannot be measured is refused with a sentence before any work: measures unknown, measures that need pictures, no network, other weights.
    [Fact]
    public void Impossible_requests_are_refused()
    {
        new FeatureStatistics([0], [1]).Save(_folder.File("a.npz"));
        Fill("real", 1, 1);
        using (var scope = NewDisposeScope())
            SafetensorsWriter.Write(_folder.File("torchvision.safetensors"), new Dictionary<string, Tensor> { ["fc.weight"] = zeros(1000, 2048) });
        Refused(ExitCode.InvalidRequest, "'fidd' is not one of fid, kid, pr, is", "a.npz", "a.npz", "--metrics", "fid,fidd");
        Refused(ExitCode.InvalidRequest, "kid needs the pictures", "a.npz", "real", "--metrics", "kid");
        Refused(ExitCode.InvalidRequest, "features are of one", "real", "a.npz", "--inception", "torchvision.safetensors", "--judges", "real");
        Refused(ExitCode.NotFound, "There is no scene judge in this folder", "real", "a.npz", "--judges", "real");
        Refused(ExitCode.NotFound, "missing.npz", "a.npz", "missing.npz");
        Refused(ExitCode.ModelMismatch, "torchvision", "real", "a.npz", "--inception", "torchvision.safetensors");
    }

    private void Refused(ExitCode code, string reason, params string[] arguments)
    {
        var result = DarkroomProcess.Run(["evaluate", "fid", .. arguments], _folder.Path);
        Assert.Equal((int)code, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    private void Fill(string folder, int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            var picture = new Picture(8, 8, PixelFormat.Rgb);
            random.NextBytes(picture.Pixels);
            picture.Save(Path.Combine(_folder.Path, folder, $"{i}.png"));
        }
    }
}
