using Darkroom.Checkpoints;
using Darkroom.Pipelines;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Pipelines;

public class BatchTests
{
    // Property: picture k of a batch has the bytes, latents and seed of the picture made alone with seed + k, whatever the sampler draws.
    [Theory]
    [InlineData("ddim", 0.0)]
    [InlineData("ddim", 1.0)]
    [InlineData("euler_a", null)]
    [InlineData("DPM++ 2M SDE Karras", null)]
    [InlineData("dpmpp_sde", null)]
    public void Picture_of_a_batch_equals_the_picture_alone(string sampler, double? eta)
    {
        using var model = TinyModel.Load();
        var request = TinyModel.Request with { Sampler = sampler, Eta = eta, Steps = 3 };
        var batch = model.Generate(request with { Batch = 3 }).ToList();
        Assert.Equal([0, 1, 2], batch.Select(made => made.Index));
        Assert.Equal(3, batch.Select(made => Convert.ToHexString(made.Bytes())).Distinct().Count());
        foreach (var made in batch)
        {
            var alone = model.TextToImage(request with { Seed = 7 + made.Index });
            Assert.Equal(alone.Bytes(), made.Bytes());
            Assert.True(alone.Latents.Span.SequenceEqual(made.Latents.Span));
            Assert.Equal(7 + made.Index, made.Seed);
            Assert.Equal(alone.Parameters.ToString(), made.Parameters.ToString());
        }
    }

    // Property: the same holds for image to image, inpainting and varied seeds.
    [Fact]
    public void Picture_of_a_batch_from_a_picture_equals_the_picture_alone()
    {
        using var model = TinyModel.Load();
        var colours = TinyModel.Colours(64, 64);
        GenerationRequest[] requests =
        [
            new ImageToImageRequest(TinyModel.Prompt, colours) { Seed = 3, Steps = 4, Strength = 0.5, Sampler = "euler_a" },
            new InpaintRequest(TinyModel.Prompt, colours, TinyModel.Mask(64, 64)) { Seed = 3, Steps = 3, Sampler = "euler_a" },
            TinyModel.Request with { Seed = 3, VariationSeed = 100, VariationStrength = 0.4, Sampler = "euler_a" },
        ];
        foreach (var request in requests)
        {
            var second = model.Generate(request with { Batch = 2 }).Last();
            var alone = model.Generate(request with { Seed = 4, VariationSeed = request.VariationSeed + 1 }).Single();
            Assert.Equal(alone.Bytes(), second.Bytes());
        }
    }

    // Property: the same request gives the same bytes again, from the same model and from one loaded anew.
    [Fact]
    public void Repeats_itself()
    {
        byte[] first;
        using (var model = TinyModel.Load())
        {
            first = model.TextToImage(TinyModel.Request).Bytes();
            model.TextToImage(TinyModel.Request with { Seed = 8, Width = 96 });
            Assert.Equal(first, model.TextToImage(TinyModel.Request).Bytes());
        }
        using var again = TinyModel.Load();
        Assert.Equal(first, again.TextToImage(TinyModel.Request).Bytes());
    }

    // Property: a seed that was drawn is reported and makes the picture again.
    [Fact]
    public void Drawn_seed_repeats_the_picture()
    {
        using var model = TinyModel.Load();
        var drawn = model.TextToImage(TinyModel.Request with { Seed = null });
        Assert.Equal(drawn.Bytes(), model.TextToImage(TinyModel.Request with { Seed = drawn.Seed }).Bytes());
    }

    // Property: folder and single file of one checkpoint give the same bytes.
    [Fact]
    public void Folder_and_single_file_give_the_same_bytes()
    {
        using var folder = TinyModel.Load();
        using var file = StableDiffusion.Load(TinyModel.SingleFile, TinyModel.Options with { ConfigFolder = TinyModel.Folder });
        Assert.Equal(folder.TextToImage(TinyModel.Request).Bytes(), file.TextToImage(TinyModel.Request).Bytes());
    }

    // Property: a pickled checkpoint, and what it is converted to (single file and folder), give the same bytes.
    [Fact]
    public void Pickle_safetensors_and_folder_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        string config = TinyModel.FolderOf("sd1_inpaint"), file = folder.File("model.safetensors"), diffusers = folder.File("model");
        using (var checkpoint = Checkpoint.Open(TinyModel.InpaintingFile, new CheckpointOptions { ConfigFolder = config }))
        {
            CheckpointConverter.ToSingleFile(checkpoint, file);
            CheckpointConverter.ToFolder(checkpoint, diffusers);
        }
        var request = new InpaintRequest(TinyModel.Prompt, TinyModel.Colours(64, 64), TinyModel.Mask(64, 64))
        {
            Seed = 5,
            Steps = 2,
            Guidance = 4,
            Sampler = "ddim",
        };
        var pictures = new[] { (TinyModel.InpaintingFile, config), (file, config), (diffusers, null) }.Select(source =>
        {
            using var model = StableDiffusion.Load(source.Item1, TinyModel.Options with { ConfigFolder = source.Item2 });
            return model.Inpaint(request).Bytes();
        }).ToList();
        Assert.Equal(pictures[0], pictures[1]);
        Assert.Equal(pictures[0], pictures[2]);
    }
}
