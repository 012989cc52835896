namespace Darkroom.Pipelines;

/// <summary>Samples of a text-to-image model: its prompt may be empty.</summary>
internal sealed class TextModelSampler(StableDiffusion model) : ModelSampler
{
    /// <inheritdoc/>
    public override string Name => model.Name;

    /// <inheritdoc/>
    public override IEnumerable<SampledPicture> Sample(
        SampleRequest request, IProgress<SamplingStep>? progress = null, Action<Problem>? warn = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Classes.Count > 0)
            throw new DarkroomException(ErrorKind.InvalidRequest, "This model knows words and no classes.", "class", "Say what the pictures should show as a prompt.");
        Problem[] foreign = [.. request.ForPixelsAlone.Select(name => new Problem("It is for models of pixels; this model takes words.", name, "Leave it out."))];
        if (foreign.Length > 0) throw new DarkroomException(ErrorKind.InvalidRequest, foreign);
        var asked = new TextToImageRequest(request.Prompt)
        {
            Guidance = request.Guidance,
            Batch = request.Count,
            Seed = request.Seed,
            Sampler = request.Sampler,
            Schedule = request.Schedule,
            Steps = request.Steps,
            Eta = request.Eta,
            Upscale = request.Upscale,
        };
        return model.Generate(asked, progress, warn, cancellation).Select(made => new SampledPicture(made.Picture, made.Seed, made.Parameters));
    }

    /// <inheritdoc/>
    public override void Dispose() => model.Dispose();
}
