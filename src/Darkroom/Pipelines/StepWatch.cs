using Darkroom.Runtime;
using Darkroom.Samplers;

namespace Darkroom.Pipelines;

/// <summary>What happens after every evaluation of one picture: stop if asked to, stop at NaN, tell how far it is.</summary>
internal sealed class StepWatch(
    GenerationRequest request, int index, Precision precision, IProgress<SamplingStep>? progress, CancellationToken cancellation)
{
    /// <summary>Looks at a state.</summary>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    /// <exception cref="DarkroomException">Numerical: x is not finite.</exception>
    public void Evaluated(in SamplerState state)
    {
        cancellation.ThrowIfCancellationRequested();
        int evaluation = state.Index + 1;
        FiniteCheck.Throw(state.Denoised, $"UNet, evaluation {evaluation} of {state.Count}", precision);
        FiniteCheck.Throw(state.X, $"sampler, evaluation {evaluation} of {state.Count}", precision);
        if (progress is null) return;
        bool show = request.PreviewEvery > 0 && evaluation % request.PreviewEvery == 0;
        progress.Report(new SamplingStep(index, request.Batch, evaluation, state.Count, show ? LatentPreview.Make(state.Denoised) : null));
    }
}
