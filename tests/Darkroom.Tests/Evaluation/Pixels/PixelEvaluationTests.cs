using System.Text.Json;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Pixels;
using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Tests.Pipelines.Pixels;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Pixels;

/// <summary>A model of pixels is measured as its parts say: accuracy is the judge's, every combination of the lists is a row, and pictures of a row repeat by their seed.</summary>
public class PixelEvaluationTests(TinyPixelModels models) : IClassFixture<TinyPixelModels>
{
    private static readonly string Emoji = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji");

    // Property: accuracy is the share of the pictures whose likeliest class, to the judge, is the one asked for.
    [Fact]
    public void Accuracy_is_what_the_judge_says_of_the_pictures()
    {
        using var scope = NewDisposeScope();
        using var model = PixelDiffusion.Load(models.Model, new LoadOptions { Precision = Precision.Float32 });
        using var judge = ClassifierFeatures.Load(models.Classifier);
        using var classifier = PixelClassifier.Load(models.Classifier);
        using var evaluation = new PixelEvaluation(model, judge, classifier, Real());
        var request = new PixelRequest { Count = 36, Steps = 3, Classes = [0, 1, 2, 3, 4], ClassifierScale = 30, BatchSize = 36 };
        var measured = evaluation.Measure(request, examples: 3, null, CancellationToken.None);
        var named = classifier.Probabilities(model.SampleTensor(request, classifier), 0).argmax(1).data<long>().ToArray();
        Assert.Equal(named.Where((label, k) => label == k % 5).Count() / 36.0, measured.Accuracy!.Value);
        Assert.Equal((36, 3, 18), (measured.Accuracy.Count, measured.Examples.Count, measured.Kid.SubsetSize));
        Assert.Null(evaluation.Measure(request with { Classes = [], ClassifierScale = 0 }, 0, null, CancellationToken.None).Accuracy);
        using var scenes = FeatureExtractors.Open(null, FeatureExtractors.Resizings[0], null, null);
        using var unnamed = new PixelEvaluation(model, scenes, classifier, Real());
        Assert.Null(unnamed.Measure(request with { ClassifierScale = 0 }, 0, null, CancellationToken.None).Accuracy);
    }

    // Property: every combination of the lists is a row, in their order, and the same command gives the same figures.
    [Fact]
    public void Lists_make_a_row_of_every_combination()
    {
        string sheet = Path.Combine(models.Root, "sheet.png"), plot = Path.Combine(models.Root, "plot.png");
        string[] command = ["evaluate", "pixels", "--model", models.Model, "--judge", models.Classifier, "--data", Emoji, "--hold-out", "0.05", "--pictures", "10", "--json",
            "--sampler", "ddim,ddpm", "--steps", "2,3", "--guidance", "1,2"];
        var result = DarkroomProcess.Run([.. command, "--sheet", sheet, "--plot", plot]);
        Assert.True(result.ExitCode == 0, result.Error);
        using var document = JsonDocument.Parse(result.Output);
        var rows = document.RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(["ddim 2 1", "ddim 2 2", "ddim 3 1", "ddim 3 2", "ddpm 2 1", "ddpm 2 2", "ddpm 3 1", "ddpm 3 2"],
            rows.Select(row => $"{row.GetProperty("sampler")} {row.GetProperty("steps")} {row.GetProperty("guidance")}"));
        Assert.All(rows, row =>
        {
            Assert.InRange(row.GetProperty("accuracy").GetDouble(), 0, 1);
            Assert.InRange(row.GetProperty("recall").GetDouble(), 0, 1);
            Assert.True(double.IsFinite(row.GetProperty("kid").GetDouble()));
        });
        Assert.True(File.Exists(sheet) && File.Exists(plot));
        var again = DarkroomProcess.Run([.. command]);
        using var repeated = JsonDocument.Parse(again.Output);
        Assert.Equal(rows.Select(row => row.GetProperty("kid").GetDouble()), repeated.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("kid").GetDouble()));
    }

    // Property: all that is wrong with the lists is said at once, before anything is loaded; a guide that isn't there is named.
    [Fact]
    public void Wrong_lists_are_named_together()
    {
        var result = DarkroomProcess.Run("evaluate", "pixels", "--judge", models.Classifier, "--steps", "1.5", "--guidance", "1,two", "--classifier-scale", ",");
        Assert.NotEqual(0, result.ExitCode);
        foreach (string expected in new[] { "--model", "--data", "1.5 is no number of steps", "\"two\" is not a number" }) Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        var unguided = DarkroomProcess.Run("evaluate", "pixels", "--model", models.Model, "--judge", models.Classifier, "--data", Emoji, "--classifier-scale", "0,2");
        Assert.Contains("--classifier", unguided.Error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<CaptionedPixels> Real() =>
        TrainingPictures.Open(new DataSettings { Kind = DataKind.Emoji, Path = Emoji, Edge = 8, HoldOut = 0.05 }, 0).TakeHeldOut(40);
}
