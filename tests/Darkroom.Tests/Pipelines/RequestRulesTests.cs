using Darkroom.Pipelines;
using Darkroom.Pipelines.Rules;

namespace Darkroom.Tests.Pipelines;

public sealed class RequestRulesTests : IDisposable
{
    private static readonly ModelFacts Facts = new(PixelsPerLatent: 8, HasMaskInputs: false, TextLayers: 4);

    private readonly StableDiffusion _model = TinyModel.Load();

    public static TheoryData<string> RefusedCases() => [.. Refused.Keys];

    public static TheoryData<string> AcceptedCases() => [.. Accepted.Keys];

    private static TextToImageRequest Text => TinyModel.Request;

    private static ImageToImageRequest Image => new("a", TinyModel.Colours(16, 16)) { Steps = 4 };

    private static InpaintRequest Inpaint => new("a", TinyModel.Colours(16, 16), TinyModel.Mask(16, 16)) { Steps = 4 };

    private static readonly Dictionary<string, (Func<GenerationRequest> Request, string Where)> Refused = new()
    {
        ["no steps"] = (() => Text with { Steps = 0 }, "steps"),
        ["negative steps"] = (() => Text with { Steps = -3 }, "steps"),
        ["no pictures"] = (() => Text with { Batch = 0 }, "batch"),
        ["too many pictures"] = (() => Text with { Batch = 10_001 }, "batch"),
        ["seeds beyond the last"] = (() => Text with { Seed = long.MaxValue, Batch = 2 }, "seed"),
        ["variation seeds beyond the last"] =
            (() => Text with { VariationSeed = long.MaxValue, VariationStrength = 0.5, Batch = 2 }, "variation seed"),
        ["negative preview"] = (() => Text with { PreviewEvery = -1 }, "preview"),
        ["width of 0"] = (() => Text with { Width = 0 }, "width"),
        ["negative height"] = (() => Text with { Height = -8 }, "height"),
        ["width no multiple of 8"] = (() => Text with { Width = 65 }, "width"),
        ["height too large"] = (() => Text with { Height = 16_392 }, "height"),
        ["infinite guidance"] = (() => Text with { Guidance = double.PositiveInfinity }, "guidance"),
        ["guidance NaN"] = (() => Text with { Guidance = double.NaN }, "guidance"),
        ["rescale above 1"] = (() => Text with { GuidanceRescale = 1.01 }, "guidance rescale"),
        ["negative rescale"] = (() => Text with { GuidanceRescale = -0.01 }, "guidance rescale"),
        ["rescale NaN"] = (() => Text with { GuidanceRescale = double.NaN }, "guidance rescale"),
        ["interval turned round"] = (() => Text with { GuidanceInterval = (0.6, 0.5) }, "guidance interval"),
        ["interval below 0"] = (() => Text with { GuidanceInterval = (-0.1, 0.5) }, "guidance interval"),
        ["interval above 1"] = (() => Text with { GuidanceInterval = (0, 1.1) }, "guidance interval"),
        ["interval NaN"] = (() => Text with { GuidanceInterval = (double.NaN, 1) }, "guidance interval"),
        ["sampler that makes noise of pictures"] = (() => Text with { Sampler = "ddim_inverse" }, "sampler"),
        ["adaptive sampler entered in the middle"] = (() => Image with { Sampler = "DPM adaptive" }, "sampler"),
        ["negative eta"] = (() => Text with { Eta = -0.1 }, "eta"),
        ["infinite eta"] = (() => Text with { Eta = double.PositiveInfinity }, "eta"),
        ["clip-skip beyond the first layer"] = (() => Text with { ClipSkip = 4 }, "clip skip"),
        ["negative clip-skip"] = (() => Text with { ClipSkip = -1 }, "clip skip"),
        ["variation above 1"] = (() => Text with { VariationSeed = 1, VariationStrength = 1.1 }, "variation strength"),
        ["negative variation"] = (() => Text with { VariationSeed = 1, VariationStrength = -0.1 }, "variation strength"),
        ["variation without a seed"] = (() => Text with { VariationStrength = 0.5 }, "variation seed"),
        ["variation of a single row"] = (() => Text with { Height = 8, VariationSeed = 1, VariationStrength = 0.5 }, "height"),
        ["strength above 1"] = (() => Image with { Strength = 1.1 }, "strength"),
        ["negative strength"] = (() => Inpaint with { Strength = -0.1 }, "strength"),
        ["strength NaN"] = (() => Image with { Strength = double.NaN }, "strength"),
        ["strength of less than a step"] = (() => Image with { Strength = 0.24 }, "strength"),
        ["strength 0"] = (() => Inpaint with { Strength = 0 }, "strength"),
        ["mask of another size"] = (() => Inpaint with { Mask = TinyModel.Mask(16, 24) }, "mask"),
        ["mask without white"] = (() => Inpaint with { Mask = TinyModel.Mask(16, 16, inside: 127) }, "mask"),
        ["unknown sampler"] = (() => Text with { Sampler = "eular" }, "sampler"),
        ["unknown schedule"] = (() => Text with { Sampler = "k_euler", Schedule = "nosuch" }, "schedule"),
        ["schedule of a sampler without"] = (() => Text with { Sampler = "ddim", Schedule = "karras" }, "schedule"),
        ["eta with PLMS"] = (() => Text with { Sampler = "compvis_plms", Eta = 0.5 }, "eta"),
        ["more steps than there are timesteps"] = (() => Text with { Steps = 1001 }, "steps"),
    };

    private static readonly Dictionary<string, Func<GenerationRequest>> Accepted = new()
    {
        ["one step"] = () => Text with { Steps = 1 },
        ["most pictures"] = () => Text with { Batch = 10_000 },
        ["last seed"] = () => Text with { Seed = long.MaxValue },
        ["negative seed"] = () => Text with { Seed = -5 },
        ["smallest size"] = () => Text with { Width = 8, Height = 8 },
        ["largest size"] = () => Text with { Width = 16_384 },
        ["guidance 0"] = () => Text with { Guidance = 0 },
        ["negative guidance"] = () => Text with { Guidance = -1 },
        ["rescale 0"] = () => Text with { GuidanceRescale = 0 },
        ["rescale 1"] = () => Text with { GuidanceRescale = 1 },
        ["interval of a point"] = () => Text with { GuidanceInterval = (0.5, 0.5) },
        ["whole interval"] = () => Text with { GuidanceInterval = (0, 1) },
        ["eta 0"] = () => Text with { Eta = 0 },
        ["eta 1"] = () => Text with { Eta = 1 },
        ["last clip-skip"] = () => Text with { ClipSkip = 3 },
        ["no variation"] = () => Text with { VariationSeed = 1, VariationStrength = 0 },
        ["whole variation"] = () => Text with { VariationSeed = 1, VariationStrength = 1 },
        ["two rows varied"] = () => Text with { Height = 16, VariationSeed = 1, VariationStrength = 0.5 },
        ["strength 1"] = () => Image with { Strength = 1 },
        ["strength of just a step"] = () => Image with { Strength = 0.25 },
        ["mask at half grey"] = () => Inpaint with { Mask = TinyModel.Mask(16, 16, inside: 128) },
        ["as many steps as timesteps, less the offset"] = () => Text with { Steps = 999, Sampler = "ddpm" },
    };

    public void Dispose() => _model.Dispose();

    // Property: what cannot be made is refused as an invalid request at once, before anything is computed, naming the setting once.
    [Theory]
    [MemberData(nameof(RefusedCases))]
    public void Refuses(string name)
    {
        var (request, where) = Refused[name];
        var refused = Assert.Throws<DarkroomException>(() => _model.Generate(request()));
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        Assert.Equal(where, Assert.Single(refused.Problems).Where);
    }

    // Property: border values are accepted.
    [Theory]
    [MemberData(nameof(AcceptedCases))]
    public void Accepts(string name) => Assert.NotNull(_model.Generate(Accepted[name]()));

    // Property: all problems of a request are reported together, those of the sampler too.
    [Fact]
    public void Reports_everything_at_once()
    {
        var wrong = new InpaintRequest("a", TinyModel.Colours(16, 16), TinyModel.Mask(8, 8, inside: 0))
        {
            Steps = 0,
            Batch = 0,
            PreviewEvery = -1,
            Width = 3,
            Height = 99_999,
            Guidance = double.NaN,
            GuidanceRescale = 2,
            GuidanceInterval = (1, 0),
            Eta = -1,
            Strength = 2,
            ClipSkip = 12,
            VariationStrength = 3,
            Sampler = "nosuch",
        };
        var refused = Assert.Throws<DarkroomException>(() => _model.Generate(wrong));
        Assert.Equal(
            ["batch", "clip skip", "eta", "guidance", "guidance interval", "guidance rescale", "height", "mask", "mask", "preview", "sampler", "steps",
                "strength", "variation seed", "variation strength", "width"],
            refused.Problems.Select(problem => problem.Where).Order(StringComparer.Ordinal));
    }

    // Property: a mistyped sampler gets the nearest names; a size gets its neighbours; a strength the least that works.
    [Theory]
    [InlineData("unknown sampler", "\"euler\"")]
    [InlineData("width no multiple of 8", "64 or 72")]
    [InlineData("strength of less than a step", "0.25")]
    public void Says_what_would_do(string name, string remedy)
    {
        var refused = Assert.Throws<DarkroomException>(() => _model.Generate(Refused[name].Request()));
        Assert.Contains(remedy, refused.Problems[0].Remedy, StringComparison.Ordinal);
    }

    // Property: the strength that the message advises is accepted, for any number of steps.
    [Fact]
    public void Advised_strength_is_enough()
    {
        for (int steps = 1; steps <= 200; steps++)
        {
            double least = Math.Ceiling(100.0 / steps) / 100;
            Assert.Empty(RequestRules.Check(Image with { Steps = steps, Strength = least }, Facts));
            var refused = RequestRules.Check(Image with { Steps = steps, Strength = 0.999 / steps }, Facts);
            Assert.Contains(GuidanceRule.Text(least), Assert.Single(refused).Remedy, StringComparison.Ordinal);
        }
    }

    // Property: an inpainting checkpoint takes nothing but inpainting.
    [Fact]
    public void Inpainting_checkpoint_needs_a_mask()
    {
        using var model = TinyModel.LoadInpainting();
        foreach (GenerationRequest request in new GenerationRequest[] { Text, Image })
        {
            var refused = Assert.Throws<DarkroomException>(() => model.Generate(request));
            Assert.Equal((ErrorKind.InvalidRequest, "model"), (refused.Kind, Assert.Single(refused.Problems).Where));
        }
        Assert.NotNull(model.Generate(Inpaint));
    }
}
