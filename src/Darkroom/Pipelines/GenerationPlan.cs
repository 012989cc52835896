using Darkroom.Imaging;
using Darkroom.Pipelines.Rules;
using Darkroom.Runtime;
using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>A request with nothing left open: every default is filled in, every rule was asked, the sampler's path is laid out.</summary>
internal sealed class GenerationPlan
{
    private readonly Func<int, PreparedSampler> _samplerOf;
    private readonly InputPicture? _input;
    private readonly IReadOnlyList<string> _unknownWords;

    private GenerationPlan(GenerationRequest request, Func<int, PreparedSampler> samplerOf, InputPicture? input, IReadOnlyList<string> unknownWords)
    {
        Request = request;
        _samplerOf = samplerOf;
        _input = input;
        _unknownWords = unknownWords;
    }

    /// <summary>The request, with seed, steps, guidance, sampler, width and height filled in.</summary>
    public GenerationRequest Request { get; }

    /// <summary>The sampler of picture k with its whole plan; SDE samplers take a seed of their own from the picture's.</summary>
    public PreparedSampler SamplerOf(int k) => _samplerOf(k);

    /// <summary>Whether the negative prompt matters.</summary>
    public bool IsGuided => Request.Guidance > 1;

    /// <summary>Fills in the defaults and checks everything.</summary>
    /// <exception cref="DarkroomException">InvalidRequest, with every problem.</exception>
    public static GenerationPlan Make(GenerationRequest request, StableDiffusionModel model)
    {
        var picture = request switch { ImageToImageRequest image => image.InitImage, InpaintRequest inpaint => inpaint.InitImage, _ => null };
        bool keepsSize = request is { Width: null, Height: null };
        int unit = model.Facts.PixelsPerLatent;
        var defaults = model.Defaults;
        var working = keepsSize && picture is not null ? model.WorkingSize : null;
        var filled = request with
        {
            Seed = request.Seed ?? System.Random.Shared.NextInt64(1L << 32),
            Steps = request.Steps ?? defaults.Steps,
            Guidance = request.Guidance ?? defaults.Guidance,
            Sampler = request.Sampler ?? defaults.Sampler ?? model.OwnSampler,
            Schedule = request.Schedule ?? (request.Sampler is null ? defaults.Schedule : null),
            Width = request.Width ?? working?.Width ?? RoundUp(picture?.Width, unit) ?? defaults.Width,
            Height = request.Height ?? working?.Height ?? RoundUp(picture?.Height, unit) ?? defaults.Height,
            // Whoever names a size gets it; a result from a picture has that picture's size.
            Upscale = request.Upscale ?? (keepsSize && picture is null ? defaults.Upscale : 1),
        };
        var problems = new List<Problem>(RequestRules.Check(filled, model.Facts));
        try
        {
            SamplerOf(0);
        }
        catch (DarkroomException wrong) when (wrong.Kind == ErrorKind.InvalidRequest)
        {
            // The rules have said already what is wrong with a setting by itself.
            problems.AddRange(wrong.Problems.Where(problem => problems.All(known => known.Where != problem.Where)));
        }
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
        var fit = working is not null ? InputFit.Resized : keepsSize ? InputFit.Padded : InputFit.Requested;
        return new GenerationPlan(filled, SamplerOf, InputPicture.Of(filled, fit), UnknownWords.In(filled, model.Words));

        PreparedSampler SamplerOf(int k) => SamplerRegistry.Create(filled.Sampler, filled.Schedule, model.Scheduler, new SamplerOptions
        {
            Steps = filled.Steps!.Value,
            Eta = filled.Eta,
            Seeds = [filled.Seed.Value + k],
        });
    }

    /// <summary>What the network is conditioned on; the caller disposes it.</summary>
    public PromptConditioning EncodePrompts(StableDiffusionModel model, Action<Problem> warn)
    {
        using var mode = inference_mode();
        if (_unknownWords.Count > 0) warn(UnknownWords.Describe(_unknownWords, model));
        return model.WithTextEncoder((encoder, tokenizer) =>
            new PromptEncoder(encoder, tokenizer, model.Precision).Encode(Request, IsGuided, Request.Steps!.Value * _samplerOf(0).Plan.Order, warn));
    }

    /// <summary>The noise of picture k: all its draws come from here, in the reference's order.</summary>
    public INoiseSource NoiseOf(int k) => Request.VariationStrength > 0
        ? new ImageNoise(new ImageNoiseOptions
        {
            Seed = Request.Seed!.Value + k,
            VariationSeed = Request.VariationSeed!.Value + k,
            VariationStrength = Request.VariationStrength,
        })
        : new TorchNoise(Request.Seed!.Value + k);

    /// <summary>How guidance acts over a number of evaluations.</summary>
    public GuidanceSettings Guidance(int evaluations) => new(
        Request.Guidance!.Value, Request.GuidanceRescale, new(Request.GuidanceInterval.Start, Request.GuidanceInterval.End), evaluations);

    /// <summary>Where a picture begins; its tensors belong to the caller's dispose scope.</summary>
    public StartState Start(StableDiffusionModel model, SamplingPlan plan, INoiseSource noise, int k)
    {
        int unit = model.Facts.PixelsPerLatent;
        var like = empty([1, model.LatentChannels, Request.Height!.Value / unit, Request.Width!.Value / unit], ScalarType.Float32);
        // A varied noise is varied in its first draw, which must be the starting noise; posterior samples then come from a stream of their own.
        var posterior = Request.VariationStrength > 0 ? new TorchNoise(Request.Seed!.Value + k) : noise;
        return Request switch
        {
            ImageToImageRequest image => StartState.FromPicture(
                PictureTensors.ToTensor(_input!.Pixels), image.Strength, image.Steps!.Value, plan, posterior, noise, model.Encode),
            InpaintRequest inpaint => StartState.FromMaskedPicture(
                PictureTensors.ToTensor(_input!.Pixels), PictureTensors.ToBinaryMask(_input.Mask!), inpaint.Strength, inpaint.Steps!.Value,
                plan, posterior, noise, like, model.Facts.HasMaskInputs, model.Encode),
            _ => StartState.FromNoise(plan, noise, like),
        };
    }

    /// <summary>The finished picture, with what made it.</summary>
    public GeneratedPicture Finish(Picture generated, Tensor latents, int k, StableDiffusionModel model)
    {
        using var scope = NewDisposeScope();
        var values = latents.to_type(ScalarType.Float32).contiguous().cpu().data<float>().ToArray();
        var picture = _input?.Finish(generated) ?? generated;
        // What the networks made, without what was only there to fill the latents.
        var made = _input is { How: InputFit.Resized } ? generated : picture;
        picture = picture.Enlarge(Request.Upscale!.Value);
        return new GeneratedPicture(picture, k, GenerationRecord.Of(Request, k, model.Name, model.Precision, made, picture), values, latents.shape)
        {
            UnknownWords = _unknownWords,
        };
    }

    private static int? RoundUp(int? size, int unit) => size is { } pixels ? (pixels + unit - 1) / unit * unit : null;
}
