using System.Globalization;
using System.Text.Json;
using Darkroom.Imaging;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.EndToEnd;

/// <summary>Whole-pipeline cases of the golden models, each through the command line as a process of its own.</summary>
[Trait("Category", "Golden")]
public class CommandLineCasesTests
{
    private const double LatentTolerance = 1e-4;
    private const int PixelTolerance = 2;
    private const double MeanPixelTolerance = 0.01;

    private static readonly string[] Families = ["sd1", "sd1_inpaint", "sd2"];
    private static readonly string[] LaterFeatures = ["lora", "embeddings", "controlnet", "t2i_adapter", "ip_adapter", "prompt_2", "original_size"];

    public static TheoryData<string> CaseIds() => [.. GoldenData.Cases("models/cases").Where(Handled).Select(c => c.GetProperty("id").GetString()!)];

    public static TheoryData<string> ContinuousCaseIds() => [.. GoldenData.Cases("models/cases_kdiff").Select(c => c.GetProperty("id").GetString()!)];

    // Property: the number of cases that the golden file holds is reported, whether or not they are handled.
    [Fact]
    public void Every_case_is_counted()
    {
        GoldenReport.Add("models/cases", GoldenData.Cases("models/cases").Count, 0);
        GoldenReport.Add("models/cases_kdiff", GoldenData.Cases("models/cases_kdiff").Count, 0);
        Assert.NotEmpty(CaseIds());
    }

    // Property: the command line gives the latents and the picture that diffusers gives, within the golden README's tolerances.
    [Theory]
    [MemberData(nameof(CaseIds))]
    public void Equals_diffusers(string id)
    {
        var golden = GoldenData.Cases("models/cases").Single(c => c.GetProperty("id").GetString() == id);
        var words = new List<string> { golden.GetProperty("mode").GetString()!, golden.GetProperty("prompt").GetString()! };
        words.AddRange(GoldenCheckpoint.ModelOptions(golden.GetProperty("checkpoint")));
        words.AddRange(CommonOptions(golden));
        words.AddRange(["--sampler", golden.GetProperty("sampler").GetString()!]);
        Optional(words, golden, "eta", "--eta");
        Optional(words, golden, "guidance_rescale", "--guidance-rescale");
        Optional(words, golden, "clip_skip", "--clip-skip");
        Optional(words, golden, "strength", "--strength");
        if (golden.TryGetProperty("init_image", out var init)) words.AddRange(["--init-image", GoldenData.PathOf("models/" + init.GetString())]);
        if (golden.TryGetProperty("mask", out var mask))
            words.AddRange(["--mask", GoldenData.PathOf("models/" + mask.GetString()), "--no-compose"]);

        using var folder = new TemporaryFolder();
        if (golden.TryGetProperty("scheduler_overrides", out _))
        {
            string config = Path.Combine(folder.Path, "scheduler_config.json");
            File.WriteAllText(config, golden.GetProperty("expected").GetProperty("scheduler_config").GetRawText());
            words.AddRange(["--scheduler-config", config]);
        }
        RunAndCompare(words, golden, "models/latents.safetensors", golden.GetProperty("batch").GetInt32(), folder.Path);
        GoldenReport.Add("models/cases", 0, 1);
    }

    // Property: k-diffusion's samplers, on fractional timesteps, give the latents and the picture that k-diffusion gives.
    [Theory]
    [MemberData(nameof(ContinuousCaseIds))]
    public void Equals_k_diffusion(string id)
    {
        var golden = GoldenData.Cases("models/cases_kdiff").Single(c => c.GetProperty("id").GetString() == id);
        var checkpoint = GoldenData.Cases("models/cases").Select(c => c.GetProperty("checkpoint"))
            .First(c => c.GetProperty("name").GetString() == golden.GetProperty("checkpoint").GetString());
        var words = new List<string> { "txt2img", golden.GetProperty("prompt").GetString()! };
        words.AddRange(GoldenCheckpoint.ModelOptions(checkpoint));
        words.AddRange(CommonOptions(golden));
        words.AddRange(["--sampler", golden.GetProperty("sampler").GetString()!]);
        if (golden.GetProperty("schedule").GetString() is { } schedule && schedule != "default") words.AddRange(["--schedule", schedule]);
        Optional(words, golden.GetProperty("options"), "eta", "--eta");
        using var folder = new TemporaryFolder();
        RunAndCompare(words, golden, "models/latents_kdiff.safetensors", 1, folder.Path);
        GoldenReport.Add("models/cases_kdiff", 0, 1);
    }

    private static bool Handled(JsonElement golden) =>
        Families.Contains(golden.GetProperty("checkpoint").GetProperty("name").GetString())
        && !LaterFeatures.Any(feature => golden.TryGetProperty(feature, out _));

    private static List<string> CommonOptions(JsonElement golden)
    {
        var words = new List<string>
        {
            "--dtype", "f32", "--prompt-syntax", "plain",
            "--seed", golden.GetProperty("seed").GetRawText(), "--steps", golden.GetProperty("steps").GetRawText(),
            "--guidance", golden.GetProperty("guidance_scale").GetRawText(),
            "--width", golden.GetProperty("width").GetRawText(), "--height", golden.GetProperty("height").GetRawText(),
        };
        if (golden.TryGetProperty("negative_prompt", out var negative) && negative.ValueKind == JsonValueKind.String)
            words.AddRange(["--negative-prompt", negative.GetString()!]);
        if (golden.TryGetProperty("batch", out var batch)) words.AddRange(["--batch", batch.GetRawText()]);
        return words;
    }

    private static void Optional(List<string> words, JsonElement golden, string key, string option)
    {
        if (golden.TryGetProperty(key, out var value)) words.AddRange([option, value.GetRawText()]);
    }

    private static void RunAndCompare(List<string> words, JsonElement golden, string latentsFile, int batch, string folder)
    {
        string picture = Path.Combine(folder, "picture.png"), latents = Path.Combine(folder, "latents.safetensors");
        words.AddRange(["--save-latents", latents, "-o", picture]);
        var result = DarkroomProcess.Run(words, folder);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Error}");

        var expected = golden.GetProperty("expected");
        using (var scope = NewDisposeScope())
        {
            var wanted = GoldenData.Tensors(latentsFile)[expected.GetProperty("latents_key").GetString() + "/final"];
            var made = new GoldenTensors(latents)["latents"];
            Assert.Equal(wanted.shape, made.shape);
            for (int k = 0; k < wanted.shape[0]; k++)
            {
                double error = ((made[k] - wanted[k]).norm() / wanted[k].norm()).to_type(ScalarType.Float64).item<double>();
                Assert.True(error <= LatentTolerance, string.Create(CultureInfo.InvariantCulture, $"latents of picture {k}: relative error {error:g3}"));
            }
        }
        var pictures = expected.GetProperty("png").EnumerateArray().Select(p => Picture.Load(GoldenData.PathOf("models/" + p.GetString()))).ToList();
        for (int k = 0; k < pictures.Count; k++)
        {
            var made = Picture.Load(batch > 1 ? Path.Combine(folder, $"picture-{k}.png") : picture);
            var differences = Bytes(made).Zip(Bytes(pictures[k]), (a, b) => Math.Abs(a - b)).ToList();
            Assert.True(differences.Max() <= PixelTolerance && differences.Average() < MeanPixelTolerance,
                string.Create(CultureInfo.InvariantCulture, $"picture {k}: differs by up to {differences.Max()}, {differences.Average():g3} on average"));
        }
    }

    private static byte[] Bytes(Picture picture) => picture.Convert(PixelFormat.Rgb).Pixels.ToArray();
}
