using CsCheck;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Text.Prompts;

namespace Darkroom.Tests.Pipelines;

public sealed class GenerationRecordTests : IDisposable
{
    private readonly StableDiffusion _model = TinyModel.Load();

    public static TheoryData<string> SettingNames() => [.. Settings.Keys];

    private static readonly Dictionary<string, TextToImageRequest> Settings = new()
    {
        ["plain"] = TinyModel.Request,
        ["nothing but a prompt"] = new TextToImageRequest("a house") { Steps = 2 },
        ["guidance, rescale and interval"] = TinyModel.Request with { Guidance = 6.123456789, GuidanceRescale = 0.7, GuidanceInterval = (0.1, 0.65) },
        ["interval written with exponents"] = TinyModel.Request with { Steps = 3, GuidanceInterval = (1e-5, 0.9) },
        ["eta"] = TinyModel.Request with { Eta = 0.35, Sampler = "ddim" },
        ["A1111's sampler"] = TinyModel.Request with { Sampler = "DPM++ 2M SDE Karras", Steps = 3 },
        ["sampler and schedule"] = TinyModel.Request with { Sampler = "k_euler", Schedule = "sgm_uniform" },
        ["clip-skip, A1111's syntax"] = TinyModel.Request with { ClipSkip = 2, PromptSyntax = PromptSyntax.A1111 },
        ["clip-skip, plain syntax"] = TinyModel.Request with { ClipSkip = 1, PromptSyntax = PromptSyntax.Plain },
        ["varied seed"] = TinyModel.Request with { VariationSeed = 1234567890123, VariationStrength = 0.25 },
        ["weights, schedules and AND"] = new("(a house:1.3) [red:blue:0.5] AND (tree), \"quoted\": \\(text\\)")
        {
            Seed = -3,
            Steps = 3,
            PromptSyntax = PromptSyntax.A1111,
            NegativePrompt = "[dark]",
            Width = 40,
            Height = 72,
        },
        ["prompts that look like settings"] = new("a\nNegative prompt: b\nSteps: 3, Sampler: x")
        {
            Seed = long.MaxValue,
            Steps = 2,
            NegativePrompt = "  Steps: 9, Seed: 4\r\n ",
        },
        ["no guidance"] = TinyModel.Request with { Guidance = 0.5 },
    };

    public void Dispose() => _model.Dispose();

    // Property: the parameters of a picture, in memory and read back from its PNG file, make the same bytes again.
    [Theory]
    [MemberData(nameof(SettingNames))]
    public void Parameters_repeat_the_picture(string name)
    {
        var made = _model.TextToImage(Settings[name]);
        Assert.Equal(made.Bytes(), _model.TextToImage(GenerationRecord.ToRequest(made.Parameters)).Bytes());

        using var folder = new TemporaryFolder();
        made.Save(folder.File("made.png"));
        Assert.Equal(made.Bytes(), Picture.Load(folder.File("made.png")).Pixels.ToArray());
        var read = GenerationParameters.Parse(PictureMetadata.Read(folder.File("made.png")).Parameters!);
        Assert.Equal(made.Bytes(), _model.TextToImage(GenerationRecord.ToRequest(read)).Bytes());
    }

    // Property: every picture of a batch carries its own seeds.
    [Fact]
    public void Pictures_of_a_batch_carry_their_own_seeds()
    {
        var second = _model.Generate(TinyModel.Request with { Batch = 2, VariationSeed = 50, VariationStrength = 0.5 }).Last();
        Assert.Equal((8, 51), (second.Parameters.Seed, second.Parameters.VariationSeed));
        Assert.Equal(second.Bytes(), _model.TextToImage(GenerationRecord.ToRequest(second.Parameters)).Bytes());
    }

    // Property: any interval comes back exactly.
    [Fact]
    public void Intervals_come_back() => Gen.Select(Gen.Double[0, 1], Gen.Int[0, 12]).Select((value, power) => value * Math.Pow(10, -power)).Array[2]
        .Sample(ends =>
        {
            Array.Sort(ends);
            var parameters = GenerationParameters.Parse(GenerationRecord.Of(
                new TextToImageRequest("a") { GuidanceInterval = (ends[0], ends[1]), Steps = 2, Seed = 1 }, 0, "tiny", Precision.Float32,
                new Picture(8, 8, PixelFormat.Rgb), new Picture(8, 8, PixelFormat.Rgb)).ToString());
            Assert.Equal((ends[0], ends[1]), GenerationRecord.ToRequest(parameters).GuidanceInterval);
        });

    // Property: an interval that is none is refused by name.
    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0.5")]
    [InlineData("0.1-x")]
    [InlineData("0.1-0.2-0.3")]
    [InlineData("1e-5")]
    public void Bad_interval_is_refused(string text)
    {
        var refused = Assert.Throws<DarkroomException>(() => GenerationRecord.ToRequest(new GenerationParameters { GuidanceInterval = text }));
        Assert.Equal(ErrorKind.BadFile, refused.Kind);
    }
}
