using System.Text.Json.Nodes;
using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines.Pixels;

/// <summary>Tiny models of 8x8 pixels, trained for a few steps by the command line, once for all tests of this file.</summary>
public sealed class TinyPixelModels : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyPixelModels()
    {
        Train("pixel", "model", "--set", "data.edge=8", "--set", "unet.block_out_channels=[8,16]", "--set", Blocks, "--set", UpBlocks);
        Train("classifier", "classifier", "--set", "data.edge=8", "--set", "network.block_out_channels=[8,16]", "--set", Blocks.Replace("unet", "network", StringComparison.Ordinal),
            "--set", UpBlocks.Replace("unet", "network", StringComparison.Ordinal), "--set", "network.attention_head_dim=8", "--set", "network.pool_head_dim=8");
        Train("pixel", "cascade", "--config", "emoji-cascade-32", "--set", "data.edge=16", "--set", "superResolution.lowEdge=8", "--set", "unet.block_out_channels=[8,16]");
    }

    private static string Blocks => "unet.down_block_types=[\"DownBlock2D\",\"AttnDownBlock2D\"]";

    private static string UpBlocks => "unet.up_block_types=[\"AttnUpBlock2D\",\"UpBlock2D\"]";

    public string Model => Path.Combine(_folder.Path, "model", "model");

    public string Classifier => Path.Combine(_folder.Path, "classifier", "model");

    public string Cascade => Path.Combine(_folder.Path, "cascade", "model");

    public string Root => _folder.Path;

    public void Dispose() => _folder.Dispose();

    private void Train(string what, string name, params string[] more)
    {
        string part = what == "pixel" ? "unet" : "network";
        string[] shared =
        [
            "train", what, "--run", Path.Combine(_folder.Path, name), "--set", "training.steps=3", "--set", "training.batchSize=4", "--set", "training.sampleEvery=0",
            "--set", $"data.path={Path.Combine(GoldenData.RepositoryRoot, "data", "emoji")}", "--set", $"{part}.attention_head_dim=8", "--set", "training.evaluateEvery=3",
            "--set", "evaluationPictures=8", "--set", "training.schedule.warmUpSteps=0",
        ];
        var result = DarkroomProcess.Run([.. shared, .. more]);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}

public class PixelDiffusionTests(TinyPixelModels models) : IClassFixture<TinyPixelModels>
{
    private static readonly LoadOptions Exact = new() { Precision = Precision.Float32 };

    // Property: pictures don't depend on how many are computed together; scale 0 is the model without a class, scale 1 the conditional one.
    [Fact]
    public void Batches_and_scales_mean_what_they_say()
    {
        using var scope = NewDisposeScope();
        using var model = PixelDiffusion.Load(models.Model, Exact);
        var request = new PixelRequest { Count = 5, Seed = 7, Steps = 4, Classes = [1, 3] };
        var together = model.SampleTensor(request);
        AssertSame(together, model.SampleTensor(request with { BatchSize = 2 }));
        AssertSame(model.SampleTensor(request with { Guidance = 0 }), model.SampleTensor(request with { Classes = [] }));
        Assert.True((together - model.SampleTensor(request with { Guidance = 3 })).abs().max().item<float>() > 1e-5);
        foreach (string sampler in new[] { "ddpm", "ddim", "dpmpp_2m", "euler_a" })
            Assert.True(model.SampleTensor(request with { Sampler = sampler, Count = 2 }).isfinite().all().item<bool>(), sampler);
    }

    // Property: guided by a classifier, pictures are likelier to be of the class, by the classifier's own judgement, in the ancestral form, in DDIM's form
    // and for samplers that have none of their own.
    [Theory]
    [InlineData("ddpm")]
    [InlineData("ddim")]
    [InlineData("euler")]
    public void A_classifier_leads_to_its_class(string sampler)
    {
        using var scope = NewDisposeScope();
        using var model = PixelDiffusion.Load(models.Model, Exact);
        using var classifier = PixelClassifier.Load(models.Classifier);
        var request = new PixelRequest { Count = 8, Seed = 1, Steps = 10, Classes = [2], Sampler = sampler };
        double LogProbability(double scale)
        {
            var pictures = model.SampleTensor(request with { ClassifierScale = scale }, classifier);
            return classifier.Probabilities(pictures, 0).log()[.., 2].mean().item<float>();
        }
        double none = LogProbability(0), strong = LogProbability(20);
        Assert.True(strong > none, $"{strong} is not above {none}");
    }

    // Property: the cascade makes small pictures larger, and its noise changes how.
    [Fact]
    public void A_cascade_makes_pictures_larger()
    {
        using var scope = NewDisposeScope();
        using var model = PixelDiffusion.Load(models.Model, Exact);
        using var enlarger = PixelDiffusion.Load(models.Cascade, Exact);
        var request = new PixelRequest { Count = 3, Seed = 2, Steps = 3 };
        var small = model.SampleTensor(request);
        var large = enlarger.EnlargeTensor(small, request, noise: 10);
        Assert.Equal([3, 3, 16, 16], large.shape);
        AssertSame(large[1..2], enlarger.EnlargeTensor(small[1..2], request with { Count = 1, Seed = 3 }, noise: 10));
        Assert.True((large - enlarger.EnlargeTensor(small, request, noise: 300)).abs().max().item<float>() > 1e-4);
        Assert.Contains("--cascade", Refused(() => enlarger.SampleTensor(request)));
        Assert.Contains("0 to 300", Refused(() => enlarger.EnlargeTensor(small, request, noise: 301)));
        Assert.Contains("8 x 8", Refused(() => enlarger.EnlargeTensor(large, request)));
        Assert.Contains("not a super-resolution model", Refused(() => model.EnlargeTensor(small, request)));
    }

    // Property: what a model can't do is refused by name with what is allowed: too many steps, strides that don't fit, classes, scales, classifiers of other
    // classes or sizes.
    [Fact]
    public void Impossible_requests_are_refused()
    {
        using var model = PixelDiffusion.Load(models.Model, Exact);
        using var classifier = PixelClassifier.Load(models.Classifier);
        var request = new PixelRequest { Classes = [0] };
        Assert.Contains("Take 1 to 1000", Refused(() => model.SampleTensor(request with { Steps = 1001 })));
        string stride = Refused(() => model.SampleTensor(request with { Respacing = "ddim777" }));
        Assert.Contains("ddim500", stride);
        Assert.Contains("respacing", Refused(() => model.SampleTensor(request with { Sampler = "euler", Respacing = "10" })));
        Assert.Contains("0 to 4", Refused(() => model.SampleTensor(request with { Classes = [5] })));
        Assert.Contains("--classifier", Refused(() => model.SampleTensor(request with { ClassifierScale = 1 })));
        string several = Refused(() => model.SampleTensor(request with { Count = 0, Steps = 0, Eta = 2, Guidance = -1 }));
        foreach (string option in new[] { "--count", "--steps", "--eta", "--guidance" }) Assert.Contains(option, several);
        Assert.Contains("tells 7 classes apart, but the model has 5", Refused(() => model.SampleTensor(request with { ClassifierScale = 1 }, new Other(7, 8))));
        Assert.Contains("of 16 pixels, but the model makes 8", Refused(() => model.SampleTensor(request with { ClassifierScale = 1 }, new Other(5, 16))));
        Assert.Contains("needs a class", Refused(() => model.SampleTensor(request with { Classes = [], ClassifierScale = 1 }, classifier)));
    }

    // Property: a scheduler configuration that doesn't fit the network is refused with the channels that would fit.
    [Fact]
    public void A_learned_variance_needs_twice_the_channels()
    {
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(models.Model, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder.Path, Path.GetRelativePath(models.Model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        string path = Path.Combine(folder.Path, "scheduler", "scheduler_config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json["variance_type"] = "fixed_small";
        File.WriteAllText(path, json.ToJsonString());
        string message = Refused(() => PixelDiffusion.Load(folder.Path, Exact));
        Assert.Contains("gives 6 channels for pictures of 3", message);
        Assert.Contains("learned_range with 6", message);
    }

    // Property: the command line draws sheets with classes, guidance, a classifier and a cascade; what is for other models is refused.
    [Fact]
    public void The_command_samples()
    {
        string Sample(int exit, params string[] words)
        {
            var result = DarkroomProcess.Run(["sample", "--seed", "1", "--count", "3", "--columns", "2", "--dtype", "f32", "--overwrite", "-o", "out.png", .. words], models.Root);
            Assert.True(result.ExitCode == exit, result.Error);
            return result.Error;
        }
        Sample(0, "--model", models.Model, "--class", "all", "--class", "0", "--guidance", "2", "--steps", "2");
        Assert.Equal((18, 18), SizeOf("out.png"));
        Sample(0, "--model", models.Model, "--class", "food-drink", "--classifier", models.Classifier, "--classifier-scale", "2", "--sampler", "ddpm", "--respacing", "2,3");
        Sample(0, "--model", models.Model, "--cascade", models.Cascade, "--cascade-noise", "20", "--steps", "2");
        Assert.Equal((34, 34), SizeOf("out.png"));
        Assert.Contains("larger", Sample(2, "--model", models.Cascade));
        Assert.Contains("cascade-noise", Sample(2, "--model", models.Model, "--cascade-noise", "3"));
        string text = GoldenData.PathOf("models/checkpoints/sd1");
        Assert.Contains("respacing", Sample(2, "--model", text, "--respacing", "10", "--cascade-noise", "5"));
    }

    private (int Width, int Height) SizeOf(string name)
    {
        var picture = Darkroom.Imaging.Picture.Load(Path.Combine(models.Root, name));
        return (picture.Width, picture.Height);
    }

    private static void AssertSame(Tensor a, Tensor b) => Assert.True((a - b).abs().max().item<float>() < 1e-4);

    private static string Refused(Func<object> act) => Assert.Throws<DarkroomException>(() => act()).Message;

    private sealed class Other(int classes, int edge) : IPixelClassifier
    {
        public int ClassCount => classes;

        public int? Edge => edge;

        public Tensor Gradient(Tensor x, double time, Tensor labels) => throw new InvalidOperationException();
    }
}
