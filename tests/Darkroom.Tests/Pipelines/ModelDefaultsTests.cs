using Darkroom.Checkpoints;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Tests.Cli;
using Darkroom.Text.Prompts;

namespace Darkroom.Tests.Pipelines;

/// <summary>What a model folder says about itself in generation.json and words.json.</summary>
public sealed class ModelDefaultsTests : IDisposable
{
    private static readonly TextToImageRequest Open = new("a dog") { Seed = 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly StableDiffusion _model;

    public ModelDefaultsTests()
    {
        string path = TinyModel.Copy(_folder, except: "");
        File.WriteAllText(Path.Combine(path, GenerationDefaults.FileName),
            """{ "sampler": "k_euler", "schedule": "karras", "steps": 3, "guidance": 2.5, "width": 32, "height": 40, "upscale": 3 }""");
        File.WriteAllText(Path.Combine(path, ModelWords.FileName), """{ "objects": ["dog", "red apple"], "other words": ["a"] }""");
        _model = StableDiffusion.Load(path, TinyModel.Options);
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    // Property: what a request leaves open is taken from the model, and the parameters say what was taken.
    [Fact]
    public void Open_settings_are_the_models()
    {
        var made = _model.TextToImage(Open);
        Assert.Equal((96, 120), (made.Picture.Width, made.Picture.Height));
        Assert.Equal([1, 4, 5, 4], made.LatentShape);
        var said = made.Parameters;
        Assert.Equal(("k_euler", "karras", 3, 2.5), (said.Sampler, said.Schedule, said.Steps, said.Guidance));
        Assert.Equal((32, 40), said.Size);
        Assert.Equal((3.0, "Lanczos"), (said.UpscaleFactor, said.Upscaler));
    }

    // Property: what a request states wins; a sampler brings its own schedule, and a size is the picture's.
    [Fact]
    public void Stated_settings_win()
    {
        var said = _model.TextToImage(Open with { Sampler = "ddim", Steps = 2, Guidance = 1, Width = 64, Height = 32 }).Parameters;
        Assert.Equal(("ddim", null, 2, 1.0), (said.Sampler, said.Schedule, said.Steps, said.Guidance));
        Assert.Equal(((64, 32), null), (said.Size!.Value, said.UpscaleFactor));
        var small = _model.TextToImage(Open with { Upscale = 1 });
        Assert.Equal((32, 40), (small.Picture.Width, small.Picture.Height));
    }

    // Property: the enlarged picture is the picture of the networks, resized with Lanczos, and is made again from its parameters.
    [Fact]
    public void Enlarging_is_a_resize_of_the_same_picture()
    {
        var (small, large) = (_model.TextToImage(Open with { Upscale = 1 }), _model.TextToImage(Open with { Upscale = 2.5 }));
        Assert.Equal(small.Picture.Resize(80, 100).Pixels.ToArray(), large.Bytes());
        var repeated = GenerationRecord.ToRequest(GenerationParameters.Parse(large.Parameters.ToString()));
        Assert.Equal(large.Bytes(), _model.TextToImage(repeated).Bytes());
    }

    // Property: factors that can't be are refused by name, alone and together with large pictures.
    [Theory]
    [InlineData(0.5, 64)]
    [InlineData(17.0, 64)]
    [InlineData(double.NaN, 64)]
    [InlineData(16.0, 1024)]
    public void Impossible_factors_are_refused(double factor, int edge)
    {
        var refused = Assert.Throws<DarkroomException>(() => _model.TextToImage(Open with { Upscale = factor, Width = edge, Height = edge }));
        Assert.Equal("upscale", Assert.Single(refused.Problems).Where);
    }

    // Property: a picture of any size is worked on at the model's size and comes back in its own, unless a size is asked for.
    [Theory]
    [InlineData(128, 160)]
    [InlineData(64, 64)]
    [InlineData(50, 31)]
    [InlineData(32, 40)]
    [InlineData(20, 20)]
    public void Pictures_come_back_in_their_size(int width, int height)
    {
        var made = _model.ImageToImage(new("a dog", TinyModel.Colours(width, height)) { Seed = 3 });
        Assert.Equal([1, 4, 5, 4], made.LatentShape);
        Assert.Equal((width, height), (made.Picture.Width, made.Picture.Height));
        Assert.Equal((32, 40), made.Parameters.Size);
        Assert.Equal((width, height) == (32, 40) ? null : (width, height), made.Parameters.UpscaleSize);
        var asked = _model.ImageToImage(new("a dog", TinyModel.Colours(width, height)) { Seed = 3, Width = 64, Height = 64 });
        Assert.Equal((64, 64), (asked.Picture.Width, asked.Picture.Height));
    }

    // Property: inpainting a large picture keeps every byte outside the mask and changes what is inside, also under a mask thinner than a working pixel.
    [Theory]
    [InlineData(40)]
    [InlineData(1)]
    public void Large_pictures_are_inpainted(int thickness)
    {
        var input = TinyModel.Colours(128, 160);
        var mask = new Picture(128, 160, PixelFormat.Grey);
        for (int y = 33; y < 33 + thickness; y++) mask.Row(y).Fill(255);
        var made = _model.Inpaint(new("a dog", input, mask) { Seed = 3 }).Picture;
        for (int y = 0; y < 160; y++)
        {
            bool masked = y >= 33 && y < 33 + thickness;
            Assert.Equal(!masked, made.Row(y).SequenceEqual(input.Row(y)));
        }
    }

    // Property: words that the model never saw are named with the picture and warned of once, with the nearest known word.
    [Fact]
    public void Unknown_words_are_named()
    {
        var warnings = new List<Problem>();
        var request = Open with { Prompt = "a dragon AND a dgo", NegativePrompt = "ugly", Steps = 1, PromptSyntax = PromptSyntax.A1111 };
        var made = _model.Generate(request, warn: warnings.Add).Single();
        Assert.Equal(["dragon", "dgo", "ugly"], made.UnknownWords);
        string warning = Assert.Single(warnings).ToString();
        Assert.Contains("\"dragon\", \"dgo\" (did you mean dog?), \"ugly\"", warning, StringComparison.Ordinal);
        Assert.Contains("2 objects: darkroom inspect --words", warning, StringComparison.Ordinal);
        Assert.Equal(["dragon", "dgo"], _model.TextToImage(request with { Guidance = 1 }).UnknownWords);
        Assert.Equal(["dragon", "and", "dgo"], _model.TextToImage(request with { Guidance = 1, PromptSyntax = PromptSyntax.Plain }).UnknownWords);
    }

    // Property: a model that doesn't say what it was trained on has no unknown words, and the program's defaults.
    [Fact]
    public void Other_models_have_no_unknown_words()
    {
        using var model = TinyModel.Load();
        var made = model.TextToImage(TinyModel.Request with { Prompt = "a dragon", Guidance = null });
        Assert.Empty(made.UnknownWords);
        Assert.Equal((7.5, null), (made.Parameters.Guidance, made.Parameters.UpscaleFactor));
    }
}
