using Darkroom.Guidance;
using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

public class ProgressTests
{
    // Property: progress counts the evaluations of each picture from 1 to n, in order.
    [Theory]
    [InlineData("ddim", 3, 3)]
    [InlineData("heun", 3, 5)]
    public void Counts_the_evaluations(string sampler, int steps, int evaluations)
    {
        using var model = TinyModel.Load();
        var told = new Told();
        Assert.Equal(2, model.Generate(TinyModel.Request with { Sampler = sampler, Steps = steps, Batch = 2 }, told).Count());
        Assert.Equal(
            Enumerable.Range(0, 2).SelectMany(k => Enumerable.Range(1, evaluations).Select(n => (k, 2, n, evaluations))),
            told.Steps.Select(step => (step.PictureIndex, step.PictureCount, step.Evaluation, step.EvaluationCount)));
    }

    // Property: image to image counts the evaluations that it makes, int(strength steps) of them.
    [Fact]
    public void Counts_what_strength_leaves()
    {
        using var model = TinyModel.Load();
        var told = new Told();
        model.ImageToImage(new("a", TinyModel.Colours(64, 64)) { Seed = 1, Steps = 6, Strength = 0.5, Sampler = "ddim" }, told);
        Assert.Equal([(1, 3), (2, 3), (3, 3)], told.Steps.Select(step => (step.Evaluation, step.EvaluationCount)));
    }

    // Property: a preview of one pixel a latent comes with every n-th evaluation, and watching changes no byte.
    [Fact]
    public void Previews_have_latent_size()
    {
        using var model = TinyModel.Load();
        var told = new Told();
        var request = TinyModel.Request with { Steps = 4, Width = 72, Height = 40 };
        var watched = model.TextToImage(request with { PreviewEvery = 2 }, told);
        Assert.Equal([false, true, false, true], told.Steps.Select(step => step.Preview is not null));
        Assert.All(told.Steps.Where(step => step.Preview is not null), step => Assert.Equal((9, 5), (step.Preview!.Width, step.Preview.Height)));
        Assert.Equal(model.TextToImage(request).Bytes(), watched.Bytes());
    }

    // Property: cancellation stops before another evaluation is made; pictures given before stay good, and the model goes on working.
    [Fact]
    public void Cancellation_stops_within_an_evaluation()
    {
        using var model = TinyModel.Load();
        using var cancellation = new CancellationTokenSource();
        var request = TinyModel.Request with { Steps = 4, Batch = 3 };
        var told = new Told(step =>
        {
            if (step is { PictureIndex: 1, Evaluation: 2 }) cancellation.Cancel();
        });
        var made = new List<GeneratedPicture>();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var picture in model.Generate(request, told, cancellation: cancellation.Token)) made.Add(picture);
        });
        Assert.Equal(4 + 2, told.Steps.Count);
        Assert.Equal(model.TextToImage(request).Bytes(), Assert.Single(made).Bytes());
    }

    // Property: cancelled before the start, nothing is evaluated.
    [Fact]
    public void Cancelled_before_the_start()
    {
        using var model = TinyModel.Load();
        var told = new Told();
        Assert.ThrowsAny<OperationCanceledException>(() => model.TextToImage(TinyModel.Request, told, new CancellationToken(true)));
        Assert.Empty(told.Steps);
    }

    // Property: NaN that the network gives at evaluation n is reported with stage and evaluation, right then.
    [Theory]
    [InlineData(1, double.NaN)]
    [InlineData(3, double.NaN)]
    [InlineData(3, double.PositiveInfinity)]
    public void NaN_of_the_network_is_reported(int at, double value)
    {
        var network = new FakeNetwork((call, input) => full_like(input, call == at ? value : 0.1));
        using var conditioning = new PromptConditioning([new ConditioningSpan(9, [FakeNetwork.Context(0)])], null);
        var watch = new StepWatch(TinyModel.Request, 0, Precision.Float32, null, CancellationToken.None);
        var failed = Assert.Throws<DarkroomException>(() => network.Sample(conditioning, new GuidanceSettings(1, 0, GuidanceInterval.All, 5), 5, after: (in state) =>
        {
            watch.Evaluated(state);
            return null;
        }));
        Assert.Equal(ErrorKind.Numerical, failed.Kind);
        Assert.Equal($"UNet, evaluation {at} of 5", failed.Problems[0].Where);
        Assert.Equal(at, network.Calls.Count);
    }

    // Property: overflow in any network is reported with its stage, and no picture is given.
    [Theory]
    [InlineData("text_encoder", "text_model.final_layer_norm.weight", "text encoder")]
    [InlineData("unet", "conv_in.bias", "UNet, evaluation 1 of 2")]
    [InlineData("vae", "post_quant_conv.bias", "autoencoder, decoding")]
    [InlineData("vae", "encoder.conv_in.bias", "autoencoder, encoding")]
    public void Overflow_is_reported_with_its_stage(string component, string weight, string stage)
    {
        using var folder = new TemporaryFolder();
        using var model = StableDiffusion.Load(TinyModel.Altered(folder, component, tensors => tensors[weight].fill_(float.MaxValue)), TinyModel.Options);
        GenerationRequest request = stage.EndsWith("encoding", StringComparison.Ordinal)
            ? new ImageToImageRequest("a", TinyModel.Colours(64, 64)) { Seed = 1, Steps = 2, Strength = 1 }
            : TinyModel.Request;
        var failed = Assert.Throws<DarkroomException>(() => model.Generate(request).ToList());
        Assert.Equal((ErrorKind.Numerical, stage), (failed.Kind, failed.Problems[0].Where));
    }

    private sealed class Told(Action<SamplingStep>? then = null) : IProgress<SamplingStep>
    {
        public List<SamplingStep> Steps { get; } = [];

        public void Report(SamplingStep value)
        {
            Steps.Add(value);
            then?.Invoke(value);
        }
    }
}
