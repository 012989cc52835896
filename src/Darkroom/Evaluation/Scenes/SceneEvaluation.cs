using System.Diagnostics;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Training;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Scenes;

/// <summary>What is evaluated.</summary>
internal sealed record SceneEvaluationSettings
{
    /// <summary>How many prompts; default 500.</summary>
    public int Prompts { get; init; } = 500;

    /// <summary>Decides the prompts and the noise: picture i has this seed + i. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Sampling steps; null takes the model's own.</summary>
    public int? Steps { get; init; }

    /// <summary>Guidance scale; null takes the model's own.</summary>
    public double? Guidance { get; init; }

    /// <summary>Sampler; null takes the model's own.</summary>
    public string? Sampler { get; init; }
}

/// <summary>Measures a text-to-image model: it answers prompts of composed scenes, and a judge says how well.</summary>
/// <param name="model">Stays the caller's.</param>
/// <param name="examiner">Judges.</param>
/// <param name="settings">What is asked.</param>
internal sealed class SceneEvaluation(StableDiffusion model, SceneExaminer examiner, SceneEvaluationSettings settings) : IDisposable
{
    private const int ReferenceFactor = 4;
    private const int SheetColumns = 25;
    private const long ReferenceSeed = 1_000_000_007;
    private readonly IReadOnlyList<SceneQuestion> _questions = SceneQuestion.Draw(settings.Prompts, settings.Seed);
    private Tensor? _pictures;

    /// <summary>Makes the pictures and measures them.</summary>
    /// <param name="progress">Told how many pictures are made.</param>
    /// <param name="cancellation">Stops within a step.</param>
    public SceneReport Run(IProgress<long>? progress, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        _pictures?.Dispose();
        _pictures = Generate(progress, cancellation).DetachFromDisposeScope();
        var generating = watch.Elapsed;

        using var scope = NewDisposeScope();
        var rendered = examiner.Render(_questions);
        var reconstructed = Reconstruct(rendered, cancellation);
        var reference = examiner.Render(SceneQuestion.Draw(ReferenceFactor * settings.Prompts, settings.Seed + ReferenceSeed));
        cancellation.ThrowIfCancellationRequested();
        return new SceneReport
        {
            Generated = examiner.Measure(_questions, _pictures),
            Rendered = examiner.Measure(_questions, rendered),
            Reconstructed = examiner.Measure(_questions, reconstructed),
            Psnr = Estimate.Mean([.. Enumerable.Range(0, _questions.Count).Where(i => _questions[i].Kind != SceneQuestionKind.Pair)
                .Select(i => AutoencoderTask.PeakSignalToNoise(reconstructed[i], rendered[i]))]),
            Distances = examiner.Distances(_pictures, reference),
            LeastDistances = examiner.Distances(rendered, reference),
            Generating = generating,
        };
    }

    /// <summary>All pictures on one sheet, in the order of the prompts.</summary>
    /// <exception cref="InvalidOperationException">There are no pictures before the run.</exception>
    public Picture DrawSheet() => PictureSheet.Of(
        _pictures ?? throw new InvalidOperationException("There are no pictures before the run."), Math.Min(SheetColumns, _questions.Count));

    /// <inheritdoc/>
    public void Dispose() => _pictures?.Dispose();

    private Tensor Generate(IProgress<long>? progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var pictures = new List<Tensor>();
        for (int i = 0; i < _questions.Count; i++)
        {
            var made = model.TextToImage(Request(i), cancellation: cancellation).Picture;
            pictures.Add(PictureTensors.ToTensor(made.Resize(SceneExaminer.Edge, SceneExaminer.Edge, Resampling.Box)));
            progress?.Report(i + 1);
        }
        return cat(pictures, dim: 0).MoveToOuterDisposeScope();
    }

    private TextToImageRequest Request(int i) => new(_questions[i].Scene.Caption)
    {
        Seed = settings.Seed + i,
        Upscale = 1,
        Steps = settings.Steps,
        Guidance = settings.Guidance,
        Sampler = settings.Sampler,
    };

    private Tensor Reconstruct(Tensor pictures, CancellationToken cancellation)
    {
        var results = new List<Tensor>();
        foreach (var picture in pictures.split(1))
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(model.Reconstruct(picture));
        }
        return cat(results, dim: 0);
    }
}
