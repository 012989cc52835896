using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

/// <summary>A network that writes down how it is called; by default its output is the mean of each item's context, everywhere.</summary>
internal sealed class FakeNetwork(Func<int, Tensor, Tensor>? output = null)
{
    /// <summary>Per call, the mean of each item's context.</summary>
    public List<double[]> Calls { get; } = [];

    /// <summary>Per call, the channels of the input.</summary>
    public List<long> Channels { get; } = [];

    public Tensor Call(Tensor input, double timestep, Tensor context)
    {
        var means = context.mean([1, 2]);
        Calls.Add([.. means.to_type(ScalarType.Float64).data<double>()]);
        Channels.Add(input.shape[1]);
        Assert.Equal(context.shape[0], input.shape[0]);
        return output?.Invoke(Calls.Count, input) ?? means.view(-1, 1, 1, 1).expand(-1, 4, input.shape[2], input.shape[3]).clone();
    }

    /// <summary>A context filled with one number.</summary>
    public static WeightedContext Context(double value, double weight = 1) => new(full([1, 77, 8], value, ScalarType.Float32), weight);

    /// <summary>Runs a sampler over the network.</summary>
    public void Sample(PromptConditioning conditioning, GuidanceSettings guidance, int steps, string sampler = "ddim", AfterEvaluation? after = null)
    {
        using var scope = NewDisposeScope();
        var prepared = SamplerRegistry.Create(sampler, null, SchedulerConfig.Default("PNDMScheduler").ForStableDiffusion(), new SamplerOptions { Steps = steps });
        var denoiser = new GuidedDenoiser(Call, PredictionType.Epsilon, conditioning, guidance with { Evaluations = prepared.Plan.Evaluations });
        prepared.Sampler.Sample(denoiser, zeros(1, 4, 8, 8), prepared.Plan, new TorchNoise(0), after);
    }
}
