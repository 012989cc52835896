using System.Globalization;
using Darkroom.Imaging;
using Darkroom.Pipelines.Pixels;

namespace Darkroom.Pipelines;

/// <summary>Samples of a model of pixels, with classes or without.</summary>
internal sealed class PixelModelSampler(PixelDiffusion model, string path, LoadOptions? options) : ModelSampler
{
    private const int Steps = 50;
    private const int PreconditionedSteps = 18;

    /// <inheritdoc/>
    public override string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <inheritdoc/>
    public override IEnumerable<SampledPicture> Sample(
        SampleRequest request, IProgress<SamplingStep>? progress = null, Action<Problem>? warn = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var problems = new List<Problem>();
        if (request.Prompt.Length > 0) problems.Add(new Problem("This model reads no words.", "prompt", "Leave the prompt out."));
        if (request.Schedule is not null) problems.Add(new Problem("A model of pixels takes no schedule by itself.", "schedule", "Name it with the sampler, such as dpmpp_2m_karras."));
        if (request.Upscale is { } factor && !(factor is >= 1 and <= 16)) problems.Add(new Problem("It must be from 1 to 16.", "upscale"));
        using var classifier = request.Classifier is { } folder ? PixelClassifier.Load(folder, options) : null;
        using var enlarger = request.Cascade is { } second ? PixelDiffusion.Load(second, options) : null;
        var names = model.Classes.Count > 0 ? model.Classes : classifier?.Classes ?? [];
        int[] classes = [.. request.Classes.SelectMany(name => ClassesOf(name, names, problems))];
        if (request.CascadeNoise is not null && enlarger is null) problems.Add(new Problem("It needs a super-resolution model.", "cascade-noise", "Name one with --cascade."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);

        bool preconditioned = model.Scheduler.ClassName.StartsWith("EDM", StringComparison.Ordinal);
        var asked = new PixelRequest
        {
            Count = request.Count,
            Seed = request.Seed ?? System.Random.Shared.NextInt64(1L << 32),
            Classes = classes,
            Sampler = request.Sampler ?? model.OwnSampler,
            Steps = request.Steps ?? (preconditioned ? PreconditionedSteps : Steps),
            Eta = request.Eta,
            Guidance = request.Guidance,
            Respacing = request.Respacing,
            ClassifierScale = request.ClassifierScale ?? (classifier is null ? 0 : 1),
        };
        var pictures = model.Sample(asked, classifier, progress, cancellation);
        if (enlarger is not null)
        {
            var larger = asked with { Classes = [], Guidance = 1, ClassifierScale = 0 };
            pictures = enlarger.Enlarge(pictures, larger, request.CascadeNoise ?? PixelDiffusion.UsualCascadeNoise, progress, cancellation);
        }
        return pictures
            .Select((picture, k) => new SampledPicture(picture.Enlarge(request.Upscale ?? 1), asked.Seed + k, null));
    }

    /// <inheritdoc/>
    public override void Dispose() => model.Dispose();

    /// <summary>Of a name or number; of "all", every class.</summary>
    private static IEnumerable<int> ClassesOf(string name, IReadOnlyList<string> names, List<Problem> problems)
    {
        if (name.Equals("all", StringComparison.OrdinalIgnoreCase) && names.Count > 0) return Enumerable.Range(0, names.Count);
        int found = names.ToList().FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (found >= 0) return [found];
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < names.Count) return [number];
        string known = names.Count == 0 ? "The model has no classes." : $"There are {string.Join(", ", names)}.";
        problems.Add(new Problem($"There is no class \"{name}\".", "class", Suggestion.Question(name, names) is { } question ? $"{question} {known}" : known));
        return [];
    }
}
