using Darkroom.Imaging;

namespace Darkroom.Pipelines;

/// <summary>Progress after one evaluation of the network.</summary>
/// <param name="PictureIndex">0-based number of the picture in its batch.</param>
/// <param name="PictureCount">How many pictures there will be.</param>
/// <param name="Evaluation">1-based number of the evaluation just made.</param>
/// <param name="EvaluationCount">How many evaluations this picture takes.</param>
/// <param name="Preview">A small picture of the current x_0 hat, where <see cref="GenerationRequest.PreviewEvery"/> asked for one.</param>
public sealed record SamplingStep(int PictureIndex, int PictureCount, int Evaluation, int EvaluationCount, Picture? Preview);
