using Darkroom.Diffusion;
using Darkroom.Guidance;
using Darkroom.Pipelines;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

public class GuidanceTests
{
    private static GuidanceSettings Scale(double scale, double start = 0, double end = 1) => new(scale, 0, new GuidanceInterval(start, end), 1);

    private static PromptConditioning Conditioning(double positive, double? negative) => new(
        [new ConditioningSpan(1000, [FakeNetwork.Context(positive)])],
        negative is { } value ? [new ConditioningSpan(1000, [FakeNetwork.Context(value)])] : null);

    // Property: guidance above 1 evaluates negative and positive prompt in one call a step, negative first.
    [Fact]
    public void Guided_steps_see_both_prompts()
    {
        var network = new FakeNetwork();
        using var conditioning = Conditioning(0.5, -0.25);
        network.Sample(conditioning, Scale(3), steps: 4);
        Assert.Equal(Enumerable.Repeat(new[] { -0.25, 0.5 }, 4), network.Calls);
    }

    // Property: at guidance 1 or less, or without a negative side, each step evaluates the prompt alone.
    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.0, true)]
    [InlineData(-2.0, true)]
    [InlineData(1.0, false)]
    public void Unguided_steps_see_the_prompt_alone(double scale, bool hasNegative)
    {
        var network = new FakeNetwork();
        using var conditioning = Conditioning(0.5, hasNegative ? -0.25 : null);
        network.Sample(conditioning, Scale(scale), steps: 4);
        Assert.Equal(Enumerable.Repeat(new[] { 0.5 }, 4), network.Calls);
    }

    // Property: without guidance the negative prompt changes no byte; with it, it does.
    [Fact]
    public void Negative_prompt_acts_only_with_guidance()
    {
        using var model = TinyModel.Load();
        byte[] Made(double guidance, string? negative) => model.TextToImage(TinyModel.Request with { Guidance = guidance, NegativePrompt = negative }).Bytes();
        Assert.Equal(Made(1, "blurry"), Made(1, null));
        Assert.Equal(Made(1, "blurry"), Made(0.5, "other"));
        Assert.NotEqual(Made(9, "blurry"), Made(9, "a house"));
        Assert.Equal(Made(9, ""), Made(9, null));
    }

    // Property: the interval limits guidance to the evaluations from int(start N) on and before int(end N).
    [Theory]
    [InlineData(0.0, 1.0, "GGGGGGGGGG")]
    [InlineData(0.2, 0.8, "--GGGGGG--")]
    [InlineData(0.25, 0.75, "--GGGGG---")]
    [InlineData(0.0, 0.5, "GGGGG-----")]
    [InlineData(0.5, 1.0, "-----GGGGG")]
    [InlineData(0.5, 0.5, "----------")]
    [InlineData(0.0, 0.0, "----------")]
    [InlineData(1.0, 1.0, "----------")]
    public void Interval_limits_guidance(double start, double end, string expected)
    {
        var network = new FakeNetwork();
        using var conditioning = Conditioning(0.5, -0.25);
        network.Sample(conditioning, Scale(3, start, end), steps: 10);
        Assert.Equal(expected, string.Concat(network.Calls.Select(call => call.Length == 2 ? 'G' : '-')));
    }

    // Property: the guided prediction is eps_u + s (eps_c - eps_u); of prompts joined by AND, eps_u + s sum_i w_i (eps_i - eps_u).
    [Theory]
    [InlineData(3.0, 3.0 * (0.5 - 0.1) - 2 * 3.0 * (0.2 - 0.1))]
    [InlineData(1.0, 0.5 - 0.1 - 2 * (0.2 - 0.1))]
    public void Composed_prompts_add_their_differences(double scale, double difference)
    {
        using var scope = NewDisposeScope();
        var network = new FakeNetwork();
        using var conditioning = new PromptConditioning(
            [new ConditioningSpan(9, [FakeNetwork.Context(0.5), FakeNetwork.Context(0.2, weight: -2)])],
            [new ConditioningSpan(9, [FakeNetwork.Context(0.1)])]);
        var denoiser = new GuidedDenoiser(network.Call, PredictionType.Epsilon, conditioning, Scale(scale));
        var prediction = denoiser.Predict(zeros(1, 4, 8, 8), new NoisePoint { Timestep = 500, Alpha = 0.6, Sigma = 0.8 });
        Assert.Equal(3, Assert.Single(network.Calls).Length);
        Assert.Equal(0.1 + difference, prediction.Epsilon.mean().item<float>(), 5);
    }

    // Property: rescaled guidance with phi = 1 gives the guided prediction the spread of the conditional one.
    [Fact]
    public void Rescale_keeps_the_spread_of_the_conditional_prediction()
    {
        using var scope = NewDisposeScope();
        var outputs = randn([2, 4, 8, 8], ScalarType.Float32, generator: new Generator(1));
        var network = new FakeNetwork((_, _) => outputs.clone());
        using var conditioning = Conditioning(0.5, 0);
        var denoiser = new GuidedDenoiser(network.Call, PredictionType.Epsilon, conditioning, new GuidanceSettings(8, 1, GuidanceInterval.All, 1));
        var prediction = denoiser.Predict(zeros(1, 4, 8, 8), new NoisePoint { Timestep = 500, Alpha = 0.6, Sigma = 0.8 });
        Assert.Equal(outputs[1].std().item<float>(), prediction.Epsilon.std().item<float>(), 4);
    }

    // Property: the channels of an inpainting network are appended to the input of every call, guided or not.
    [Theory]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void Extra_channels_are_appended(double scale)
    {
        using var scope = NewDisposeScope();
        var network = new FakeNetwork();
        using var conditioning = Conditioning(0.5, 0);
        var denoiser = new GuidedDenoiser(network.Call, PredictionType.Epsilon, conditioning, Scale(scale), zeros(1, 5, 8, 8));
        denoiser.Predict(zeros(1, 4, 8, 8), new NoisePoint { Timestep = 500, Alpha = 0.6, Sigma = 0.8 });
        Assert.Equal([9], network.Channels);
    }
}
