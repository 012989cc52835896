using Darkroom.Cli.Output.Progress;
using Darkroom.Pipelines;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>Counts the evaluations of all pictures of a batch as one work.</summary>
internal sealed class StepProgress(IWorkProgress progress) : IProgress<SamplingStep>
{
    public void Report(SamplingStep value)
    {
        progress.Expect((long)value.PictureCount * value.EvaluationCount);
        progress.Report(((long)value.PictureIndex * value.EvaluationCount) + value.Evaluation);
    }
}
