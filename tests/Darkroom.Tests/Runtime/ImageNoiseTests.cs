using System.Text.Json;
using Darkroom.Runtime;
using Darkroom.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Runtime;

public class ImageNoiseTests
{
    // Property: first noise and two later draws equal A1111's for every mix of variation, seed resize, ENSD and source; slerp alone too.
    [Fact]
    [Trait("Category", "Golden")]
    public void Noise_equals_a1111()
    {
        var cases = GoldenData.JsonLines("text/image-rng.jsonl").ToList();
        foreach (var @case in cases)
        {
            using var scope = NewDisposeScope();
            if (@case.TryGetProperty("slerp", out _))
            {
                var result = ImageNoise.Slerp(Tensor(@case, "low"), Tensor(@case, "high"), @case.GetProperty("val").GetDouble());
                new GoldenNumbers(@case.GetProperty("out")).AssertClose(result.data<float>().ToArray(), 1e-6);
                continue;
            }
            var seeds = @case.GetProperty("seeds").EnumerateArray().Select(s => s.GetInt64()).ToList();
            var noise = new BatchNoise([.. seeds.Select((seed, i) => new ImageNoise(Options(@case, seed, i)))]);
            long[] shape = [seeds.Count, .. @case.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
            var draws = @case.GetProperty("next").EnumerateArray().Prepend(@case.GetProperty("first"));
            foreach (var expected in draws)
                new GoldenNumbers(expected).AssertClose(noise.Next(empty(shape)).data<float>().ToArray(), 1e-6);
        }
        GoldenReport.Add("text/image-rng", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    private static Tensor Tensor(JsonElement @case, string name)
    {
        var element = @case.GetProperty(name);
        return tensor(element.GetProperty("values").EnumerateArray().Select(v => v.GetSingle()).ToArray(), new GoldenNumbers(element).Shape);
    }

    private static ImageNoiseOptions Options(JsonElement @case, long seed, int index)
    {
        var variations = @case.GetProperty("subseeds");
        bool varied = variations.ValueKind == JsonValueKind.Array;
        int height = @case.GetProperty("seed_resize_from_h").GetInt32(), width = @case.GetProperty("seed_resize_from_w").GetInt32();
        return new()
        {
            Seed = seed,
            Source = @case.GetProperty("source").GetString() == "NV" ? NoiseSourceKind.Philox : NoiseSourceKind.Torch,
            VariationSeed = varied && index < variations.GetArrayLength() ? variations[index].GetInt64() : 0,
            VariationStrength = varied ? @case.GetProperty("subseed_strength").GetDouble() : 0,
            ResizeFrom = height > 0 && width > 0 ? (height / 8, width / 8) : null,
            NoiseSeedDelta = @case.GetProperty("eta_noise_seed_delta").GetInt64(),
        };
    }

    // Property: without options it is the noise of TorchNoise, in the dtype asked for, and leaves no tensor behind.
    [Fact]
    public void Without_options_it_is_torch_noise()
    {
        using var like = empty([1, 4, 8, 8], ScalarType.BFloat16);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var (plain, image) = (new TorchNoise(5), new ImageNoise(new() { Seed = 5 }));
        for (int i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            Assert.True(plain.Next(like).equal(image.Next(like)).all().item<bool>());
        }
        new ImageNoise(new() { Seed = 5, VariationSeed = 6, VariationStrength = 0.5, ResizeFrom = (12, 4) }).Next(like).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
