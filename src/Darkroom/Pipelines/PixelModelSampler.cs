using Darkroom.Imaging;
using Darkroom.Pipelines.Pixels;

namespace Darkroom.Pipelines;

/// <summary>Samples of a model of pixels, with classes or without.</summary>
internal sealed class PixelModelSampler(PixelDiffusion model, string path) : ModelSampler
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
        int[] classes = [.. request.Classes.Select(name => ClassOf(name, problems))];
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);

        bool preconditioned = model.Scheduler.ClassName.StartsWith("EDM", StringComparison.Ordinal);
        var asked = new PixelRequest
        {
            Count = request.Count,
            Seed = request.Seed ?? System.Random.Shared.NextInt64(1L << 32),
            Classes = classes,
            Sampler = request.Sampler ?? (preconditioned ? "edm_euler" : "ddim"),
            Steps = request.Steps ?? (preconditioned ? PreconditionedSteps : Steps),
            Eta = request.Eta,
            Guidance = request.Guidance,
        };
        return model.Sample(asked, null, progress, cancellation)
            .Select((picture, k) => new SampledPicture(picture.Enlarge(request.Upscale ?? 1), asked.Seed + k, null));
    }

    /// <inheritdoc/>
    public override void Dispose() => model.Dispose();

    private int ClassOf(string name, List<Problem> problems)
    {
        int found = model.Classes.ToList().FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (found >= 0) return found;
        string known = model.Classes.Count == 0 ? "The model has no classes." : $"There are {string.Join(", ", model.Classes)}.";
        problems.Add(new Problem($"There is no class \"{name}\".", "class", Suggestion.Question(name, model.Classes) is { } question ? $"{question} {known}" : known));
        return 0;
    }
}
