using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Pipelines;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public class GenerationDefaultsTests
{
    private static readonly GenerationDefaults Full = new() { Sampler = "dpmpp_2m", Schedule = "karras", Steps = 12, Guidance = 2.5, Width = 64, Height = 32, Upscale = 4 };

    // Property: written and read again, the defaults are the same, and what is open stays open.
    [Fact]
    public void Defaults_come_back()
    {
        foreach (var defaults in new[] { Full, new GenerationDefaults(), new GenerationDefaults { Guidance = 1 } })
            Assert.Equal(defaults, GenerationDefaults.FromJson(JsonSerializer.SerializeToElement(defaults.ToJson())));
    }

    // Property: members that other programs write are passed over; wrong values are all named.
    [Fact]
    public void Wrong_values_are_named()
    {
        Assert.Equal(new GenerationDefaults { Steps = 3 }, Parse("""{ "steps": 3, "someone else's": [1] }"""));
        var refused = Assert.Throws<DarkroomException>(() => Parse("""{ "steps": 0, "guidance": "high", "sampler": 3, "width": 1.5 }"""));
        Assert.Equal(ErrorKind.BadFile, refused.Kind);
        Assert.Equal(["guidance", "sampler", "steps", "width"], refused.Problems.Select(p => p.Where).Order());
    }

    // Property: a conversion to another folder takes defaults and words along.
    [Fact]
    public void Conversion_keeps_them()
    {
        using var folder = new TemporaryFolder();
        string model = TinyModel.Copy(folder, except: "");
        File.WriteAllText(Path.Combine(model, GenerationDefaults.FileName), Full.ToJson().ToJsonString());
        File.WriteAllText(Path.Combine(model, ModelWords.FileName), """{ "objects": ["dog", "cat"] }""");
        using (var checkpoint = Checkpoint.Open(model)) CheckpointConverter.ToFolder(checkpoint, folder.File("half"), new ConversionOptions { Dtype = ScalarType.Float16 });
        using var half = Checkpoint.Open(folder.File("half"));
        Assert.Equal(Full, half.Defaults);
        Assert.Equal(["dog", "cat"], half.Words!.Groups.Single().Words);
    }

    private static GenerationDefaults Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return GenerationDefaults.FromJson(document.RootElement);
    }
}
