using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>What one update is computed from: the state, the prediction there, and where to go.</summary>
internal readonly record struct SamplerStep(
    SamplingPlan Plan, int Index, Tensor X, Prediction Prediction, INoiseSource Noise, SamplerMemory Memory)
{
    /// <summary>Where the network was evaluated.</summary>
    public NoisePoint At => Plan.Points[Index];

    /// <summary>Where the step began.</summary>
    public NoisePoint From => Plan.MoveAt(Index).From;

    /// <summary>Where the update lands.</summary>
    public NoisePoint To => Plan.MoveAt(Index).To;

    /// <summary>Whether this is the last evaluation of the plan.</summary>
    public bool Last => Index == Plan.Points.Count - 2;
}

/// <summary>
/// The loop that all samplers share which evaluate once and then update: predict, limit, update, tell the caller.
/// Nothing is read back from the device, and each step frees what it made.
/// </summary>
public abstract class StepwiseSampler : ISampler
{
    private protected StepwiseSampler()
    {
    }

    /// <summary>
    /// Clipping or thresholding of x_0 hat, for models of pixels; null (the default) leaves it alone, as latents need.
    /// </summary>
    public DenoisedLimit? Limit { get; init; }

    /// <inheritdoc/>
    public Tensor Sample(IDenoiser denoiser, Tensor x, SamplingPlan plan, INoiseSource noise, AfterEvaluation? after = null)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(noise);
        using var memory = new SamplerMemory();
        using var carried = new CarriedState(x);
        for (int index = plan.Start; index < plan.Points.Count - 1; index++)
        {
            using var scope = NewDisposeScope();
            var from = Perturb(plan, index, carried.X, noise);
            var at = plan.Points[index];
            var prediction = denoiser.Predict(from, at);
            if (Limit is not null) prediction = Limit.Apply(prediction, from, at);
            prediction = Adjust(prediction, from, at);
            var next = Step(new SamplerStep(plan, index, from, prediction, noise, memory));
            var state = new SamplerState(index - plan.Start, plan.Evaluations, LandsOn(plan, index), next, prediction.Denoised)
            {
                Next = plan.Points[index + 1],
                StepDone = EndsStep(plan, index),
            };
            carried.Replace(after?.Invoke(state) ?? next);
        }
        return carried.Result();
    }

    /// <summary>The update x_i -> x_{i+1}; the result may be any tensor of the current dispose scope.</summary>
    private protected abstract Tensor Step(in SamplerStep step);

    /// <summary>A change of the limited prediction that everything after it sees, such as guidance; most samplers make none.</summary>
    private protected virtual Prediction Adjust(Prediction prediction, Tensor x, NoisePoint at) => prediction;

    /// <summary>Noise that is added before the evaluation; most samplers add none.</summary>
    private protected virtual Tensor Perturb(SamplingPlan plan, int index, Tensor x, INoiseSource noise) => x;

    /// <summary>Where x lies after this evaluation.</summary>
    private protected virtual NoisePoint LandsOn(SamplingPlan plan, int index) => plan.MoveAt(index).To;

    /// <summary>
    /// Whether a whole step is done after this evaluation: always, or at the second one of a pair and the last of all.
    /// </summary>
    private protected virtual bool EndsStep(SamplingPlan plan, int index) =>
        plan.Order == 1 || (index - plan.Start) % 2 == 1 || index == plan.Points.Count - 2;
}
