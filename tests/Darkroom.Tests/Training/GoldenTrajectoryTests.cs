using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.Unet;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using Darkroom.Training;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training;

[Trait("Category", "Golden")]
public class GoldenTrajectoryTests
{
    // Property: training an autoencoder gives the reference's loss at every step and its weights and averaged weights at the end.
    [Fact]
    public void Autoencoder_follows_the_reference()
    {
        var golden = new GoldenTrajectory("autoencoder-kl");
        using var network = new AutoencoderKL(AutoencoderConfig.FromJson(golden.Json.GetProperty("config")));
        golden.AssignInitialWeights(network);
        var task = new AutoencoderTask(network, [], new AutoencoderLossSettings { L1 = 1, Kl = 1e-6 }, [], []);
        var settings = golden.Settings(OptimiserKind.Adam);
        golden.Verify(task, settings, new RecordedBatches<CaptionedPixels>(i => Pixels(golden, i / golden.Batch, i % golden.Batch), golden.Steps * golden.Batch), "", comparable: 16);
        GoldenReport.Add("training/autoencoder-kl", 1, 1);
    }

    // Property: training on L_simple gives the reference's loss at every step and its weights and averaged weights at the end.
    [Fact]
    public void Pixel_diffusion_follows_the_reference()
    {
        var golden = new GoldenTrajectory("ddpm-simple");
        using var network = new UNet(golden.UnetConfig("UNet2DModel"));
        golden.AssignInitialWeights(network);
        var objective = new ObjectiveSettings { Prediction = PredictionType.Epsilon, BetaSchedule = "linear", BetaStart = 1e-4, BetaEnd = 0.02 };
        var task = new PixelDiffusionTask(network, [], objective.Objective());
        golden.Verify(task, golden.Settings(OptimiserKind.AdamW), new RecordedBatches<CaptionedPixels>(i => Pixels(golden, i / golden.Batch, i % golden.Batch), golden.Steps * golden.Batch), "unet.");
        GoldenReport.Add("training/ddpm-simple", 1, 1);
    }

    // Property: the same for latents with a context, v-prediction, min-SNR weights and dropped conditions.
    [Fact]
    public void Latent_diffusion_follows_the_reference()
    {
        var golden = new GoldenTrajectory("ldm-v-minsnr");
        using var network = new UNet(golden.UnetConfig("UNet2DConditionModel"));
        golden.AssignInitialWeights(network);
        var objective = new ObjectiveSettings { Prediction = PredictionType.Velocity, MinSnrGamma = 5 };
        var task = new LatentDiffusionTask(network, new RecordedContexts(golden), objective.Objective(), drop: 0.1);
        golden.Verify(task, golden.Settings(OptimiserKind.AdamW), new RecordedBatches<LatentSample>(i => Latent(golden, i / golden.Batch, i % golden.Batch), golden.Steps * golden.Batch), "unet.");
        GoldenReport.Add("training/ldm-v-minsnr", 1, 1);
    }

    // Property: the evaluation's losses with and without words are those of a training that drops no words, and all, for the same noise; they differ where the network reads words.
    [Theory]
    [InlineData(0, "loss_with_words")]
    [InlineData(1, "loss_without_words")]
    public void The_evaluation_tells_what_words_are_worth(double drop, string same)
    {
        var golden = new GoldenTrajectory("ldm-v-minsnr");
        using var scope = NewDisposeScope();
        using var network = new UNet(golden.UnetConfig("UNet2DConditionModel"));
        golden.AssignInitialWeights(network);
        var reports = new LatentDiffusionReports
        {
            HeldOut = [[.. Enumerable.Range(0, golden.Batch).Select(row => Latent(golden, 0, row))]],
            Draw = () => null,
            Export = (_, _) => { },
        };
        var task = new LatentDiffusionTask(network, new RecordedContexts(golden), new ObjectiveSettings { Prediction = PredictionType.Velocity }.Objective(), drop, reports);
        var measures = task.Evaluate();
        Assert.Equal(measures["loss"], measures[same]);
        Assert.NotEqual(measures["loss_with_words"], measures["loss_without_words"]);
    }

    /// <summary>Contexts as recorded; the only token of a sample says where its context stands, and dropped ones are zeros.</summary>
    private sealed class RecordedContexts(GoldenTrajectory golden) : ITextConditioner
    {
        public IEnumerable<(string Name, Parameter Parameter)> Weights => [];

        public IEnumerable<(string Name, nn.Module Network)> Networks => [];

        public Tensor Context(IReadOnlyList<LatentSample> batch, IReadOnlyList<bool> dropped)
        {
            using var scope = NewDisposeScope();
            return stack([.. batch.Select((sample, i) =>
            {
                var context = golden.Tensors[$"batch.{sample.Tokens[0] / golden.Batch}.context"][sample.Tokens[0] % golden.Batch];
                return dropped[i] ? zeros_like(context) : context;
            })]).MoveToOuterDisposeScope();
        }
    }

    private static LatentSample Latent(GoldenTrajectory golden, int step, int row)
    {
        using var scope = NewDisposeScope();
        var latent = golden.Tensors[$"batch.{step}.latents"][row];
        return LatentSample.Of(latent, [step * golden.Batch + row]);
    }

    private static CaptionedPixels Pixels(GoldenTrajectory golden, int step, int row)
    {
        using var scope = NewDisposeScope();
        var pixels = golden.Tensors[$"batch.{step}.pixels"][row];
        return new CaptionedPixels([.. pixels.contiguous().data<float>()], (int)pixels.shape[1], (int)pixels.shape[2], "");
    }
}
