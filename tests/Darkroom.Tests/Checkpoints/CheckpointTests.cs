using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: a golden single file and its folder have the same networks, bit by bit, and the same family and prediction.
    [Fact]
    [Trait("Category", "Golden")]
    public void Single_file_and_folder_hold_the_same_networks()
    {
        foreach (var golden in GoldenCheckpoints.Index)
        {
            if (GoldenCheckpoints.SingleFile(golden) is not { } file
                || !golden.Value.GetProperty("components").TryGetProperty("unet", out _)) continue;
            string configs = GoldenCheckpoints.Assemble(golden, _folder);
            using var single = Checkpoint.Open(file, new CheckpointOptions { ConfigFolder = configs });
            Assert.Equal(golden.Name switch
            {
                "sd2" => ModelFamily.StableDiffusion2,
                "sdxl" => ModelFamily.StableDiffusionXl,
                _ => ModelFamily.StableDiffusion1,
            }, single.Family);
            Assert.Equal(golden.Name == "sd2" ? "v_prediction" : "epsilon", single.PredictionType);
            Assert.Equal(golden.Name == "sd1_inpaint", single.IsInpainting);
            foreach (var network in single.Components.Values)
            {
                string folder = Path.Combine(configs, network.Name);
                if (Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.safetensors").Any())
                {
                    using var stored = Checkpoint.Open(folder);
                    Assert.Empty(GoldenCheckpoints.Differences(Assert.Single(stored.Components).Value.Tensors, network.Tensors));
                }
            }
            if (golden.Value.GetProperty("folder_has_all_weights").GetBoolean())
            {
                using var whole = Checkpoint.Open(configs);
                Assert.Equal(single.Family, whole.Family);
                Assert.Equal(whole.Components.Keys.Order(StringComparer.Ordinal), single.Components.Keys.Order(StringComparer.Ordinal));
            }
            GoldenReport.Add("models/checkpoints single files", 1, 1);
        }
    }

    // Property: the golden single file and folder are made of each other, every tensor bit-equal; what the single file has beyond is known to be of no use.
    [Fact]
    [Trait("Category", "Golden")]
    public void Converts_both_ways_without_changing_a_bit()
    {
        foreach (var golden in GoldenCheckpoints.Index)
        {
            if (GoldenCheckpoints.SingleFile(golden) is not { } file
                || !golden.Value.GetProperty("components").TryGetProperty("unet", out _)) continue;
            string configs = GoldenCheckpoints.Assemble(golden, _folder), folder = Path.Combine(_folder, $"{golden.Name}-folder"),
                again = Path.Combine(_folder, $"{golden.Name}.safetensors");
            using var single = Checkpoint.Open(file, new CheckpointOptions { ConfigFolder = configs });
            CheckpointConverter.ToFolder(single, folder);
            using var written = Checkpoint.Open(folder);
            Assert.Equal(single.Family, written.Family);
            foreach (var network in single.Components.Values)
            {
                Assert.Empty(GoldenCheckpoints.Differences(network.Tensors, written.Component(network.Name).Tensors));
                Assert.Equal(network.Config.ToString(), File.ReadAllText(Path.Combine(configs, network.Name, "config.json")));
            }
            CheckpointConverter.ToSingleFile(written, again);
            using var first = CheckpointFormat.OpenTensors(file);
            using var second = SafetensorsFile.Open(again);
            // The unused last layer and the projection of SD2, CLIP's logit_scale, and the schedule buffers of a .ckpt are not in a folder.
            Assert.All(GoldenCheckpoints.Differences(first, second), key => Assert.True(
                SingleFileLayout.IsHarmless(key) || key.EndsWith("logit_scale", StringComparison.Ordinal)
                || (golden.Name == "sd2" && (key.Contains(".text_projection", StringComparison.Ordinal)
                    || key.Contains(".resblocks.3.", StringComparison.Ordinal))), key));
            GoldenReport.Add("models/checkpoints conversions", 1, 1);
        }
    }

    // Property: the real SD1.5 single file, of which only names and shapes are known, gives the configurations of its family and the keys of the networks, and back.
    [Fact]
    public void Real_single_file_is_understood_from_its_shapes()
    {
        using var source = SharedKeys.StableDiffusion15();
        Assert.SkipWhen(source is null, "The key list of the real file is not beside this repository.");
        var layout = SingleFileLayout.Find(source.Tensors.Keys)!;
        Assert.Equal(ModelFamily.StableDiffusion1, layout.Family);
        foreach (var place in layout.Places)
        {
            string[] keys = [.. source.Tensors.Keys.Where(k => k.StartsWith(place.Prefix, StringComparison.Ordinal))
                .Select(k => k[place.Prefix.Length..])];
            var map = SingleFileLayout.Map(place.Kind, keys, layers: 0);
            using var tensors = new DerivedTensors(source, map.ToDiffusers(source, place.Prefix));
            var config = ShapeConfigs.Make(place.Kind, layout.Family, tensors, predictsVelocity: false);
            var shapes = SharedKeys.Shapes(place.Component, config);
            Assert.Empty(ModuleLoader.Compare(shapes, tensors, place.Component));
            var back = SingleFileLayout.Map(place.Kind, [.. tensors.Tensors.Keys], layers: 0).ToOriginal(tensors, place.Prefix)
                .Select(d => d.Info).ToDictionary(i => i.Name);
            Assert.All(back.Values, info => Assert.Equal(source.Tensors[info.Name].Shape, info.Shape));
            Assert.Equal(keys.Count(k => !k.EndsWith("position_ids", StringComparison.Ordinal)), back.Count);
        }
    }
}
