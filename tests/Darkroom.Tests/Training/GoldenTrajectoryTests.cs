using Darkroom.Networks.Autoencoders;
using Darkroom.Tests.Golden;
using Darkroom.Training;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;
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
        golden.Verify(task, settings, new RecordedBatches<CaptionedPixels>(i => Pixels(golden, i / golden.Batch, i % golden.Batch), golden.Steps * golden.Batch), "");
        GoldenReport.Add("training/autoencoder-kl", 1, 1);
    }

    private static CaptionedPixels Pixels(GoldenTrajectory golden, int step, int row)
    {
        using var scope = NewDisposeScope();
        var pixels = golden.Tensors[$"batch.{step}.pixels"][row];
        return new CaptionedPixels([.. pixels.contiguous().data<float>()], (int)pixels.shape[1], (int)pixels.shape[2], "");
    }
}
