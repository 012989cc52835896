using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public sealed class LayoutTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-layout-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string Unet1 = """{"block_out_channels":[320,640,1280,1280],"cross_attention_dim":768,"attention_head_dim":8,"in_channels":4}""";
    private const string Unet2 = """{"block_out_channels":[320,640,1280,1280],"cross_attention_dim":1024,"attention_head_dim":[5,10,20,20],"in_channels":4,"use_linear_projection":true}""";

    private const string UnetXl = """
        {"block_out_channels":[320,640,1280],"cross_attention_dim":2048,"attention_head_dim":[5,10,20],"use_linear_projection":true,"transformer_layers_per_block":[1,2,10],
         "down_block_types":["DownBlock2D","CrossAttnDownBlock2D","CrossAttnDownBlock2D"],"up_block_types":["CrossAttnUpBlock2D","CrossAttnUpBlock2D","UpBlock2D"],
         "addition_embed_type":"text_time","addition_time_embed_dim":256,"projection_class_embeddings_input_dim":2816,"in_channels":4}
        """;

    private const string UnetRefiner = """
        {"block_out_channels":[384,768,1536,1536],"cross_attention_dim":1280,"attention_head_dim":[6,12,24,24],"use_linear_projection":true,"transformer_layers_per_block":4,
         "down_block_types":["DownBlock2D","CrossAttnDownBlock2D","CrossAttnDownBlock2D","DownBlock2D"],"up_block_types":["UpBlock2D","CrossAttnUpBlock2D","CrossAttnUpBlock2D","UpBlock2D"],
         "addition_embed_type":"text_time","addition_time_embed_dim":256,"projection_class_embeddings_input_dim":2560,"in_channels":4}
        """;

    // Property: the UNets of every family at their real sizes go to the original layout and back with all keys and shapes, and their shapes alone give the same network and heads.
    [Theory]
    [InlineData(ModelFamily.StableDiffusion1, Unet1)]
    [InlineData(ModelFamily.StableDiffusion2, Unet2)]
    [InlineData(ModelFamily.StableDiffusionXl, UnetXl)]
    [InlineData(ModelFamily.StableDiffusionXlRefiner, UnetRefiner)]
    public void Real_unets_keep_their_keys(ModelFamily family, string json) =>
        RoundTrip("unet", NetworkKind.Unet, family, Parse(json), layers: 0,
        ["attention_head_dim", "cross_attention_dim", "block_out_channels"]);

    // Property: the same for the text encoders, also through the matrix that holds query, key and value, and for the autoencoder.
    [Theory]
    [InlineData("text_encoder", 0, """{"architectures":["CLIPTextModel"],"hidden_size":768,"intermediate_size":3072,"num_hidden_layers":12,"num_attention_heads":12,"hidden_act":"quick_gelu"}""")]
    [InlineData("text_encoder", 23, """{"architectures":["CLIPTextModel"],"hidden_size":1024,"intermediate_size":4096,"num_hidden_layers":23,"num_attention_heads":16,"hidden_act":"gelu"}""")]
    [InlineData("text_encoder_2", 32, """{"architectures":["CLIPTextModelWithProjection"],"hidden_size":1280,"intermediate_size":5120,"num_hidden_layers":32,"num_attention_heads":20,"hidden_act":"gelu","projection_dim":1280}""")]
    [InlineData("vae", 0, """{"_class_name":"AutoencoderKL","block_out_channels":[128,256,512,512],"layers_per_block":2}""")]
    public void Real_text_encoders_and_autoencoders_keep_their_keys(string component, int layers, string json) =>
        RoundTrip(component, component switch
        {
            "vae" => NetworkKind.Autoencoder,
            "text_encoder_2" => NetworkKind.ProjectedOpenClip,
            _ => layers > 0 ? NetworkKind.OpenClip : NetworkKind.Clip,
        }, ModelFamily.StableDiffusion1, Parse(json), layers, component == "vae" ? ["block_out_channels", "layers_per_block"]
            : ["num_attention_heads", "num_hidden_layers", "hidden_act", "architectures"]);

    // Property: a network in several files reads as if it were in one; an index that disagrees with its files, or leads outside the folder, is refused with every difference.
    [Fact]
    public void Shards_are_read_as_one()
    {
        using var scope = NewDisposeScope();
        string unet = Path.Combine(_folder, "unet");
        Directory.CreateDirectory(unet);
        File.Copy(GoldenData.PathOf("models/checkpoints/sd1/unet/config.json"), Path.Combine(unet, "config.json"));
        using var whole = SafetensorsFile.Open(GoldenData.PathOf("models/checkpoints/sd1/unet/diffusion_pytorch_model.safetensors"));
        var halves = whole.Tensors.Keys.Index().ToLookup(k => $"diffusion_pytorch_model-0000{1 + (k.Index % 2)}-of-00002.safetensors", k => k.Item);
        foreach (var half in halves) SafetensorsWriter.Write(Path.Combine(unet, half.Key), half.ToDictionary(k => k, whole.Read));
        var map = halves.SelectMany(h => h.Select(k => (k, h.Key))).ToDictionary(p => p.k, p => p.Key);
        string index = Path.Combine(unet, "diffusion_pytorch_model.safetensors.index.json");
        File.WriteAllText(index, JsonSerializer.Serialize(new { weight_map = map }));
        using (var checkpoint = Checkpoint.Open(unet)) Assert.Empty(GoldenCheckpoints.Differences(whole, checkpoint.Component("unet").Tensors));

        map.Remove("conv_in.bias");
        map["nowhere"] = map["conv_in.weight"];
        File.WriteAllText(index, JsonSerializer.Serialize(new { weight_map = map }));
        var error = Assert.Throws<DarkroomException>(() => Checkpoint.Open(unet));
        Assert.Contains("conv_in.bias", error.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
        File.WriteAllText(index, """{"weight_map":{"x":"../x.safetensors"}}""");
        Assert.Contains("beside the index", Assert.Throws<DarkroomException>(() => Checkpoint.Open(unet)).Message, StringComparison.Ordinal);
    }

    // Property: plain files come before variants unless a variant is asked for; where only a variant or a pickle is there, that is taken.
    [Fact]
    public void Variants_are_chosen_by_name()
    {
        using var scope = NewDisposeScope();
        string vae = Path.Combine(_folder, "vae");
        Directory.CreateDirectory(vae);
        File.WriteAllText(Path.Combine(vae, "config.json"), """{"_class_name":"AutoencoderKL"}""");
        SafetensorsWriter.Write(Path.Combine(vae, "diffusion_pytorch_model.fp16.safetensors"), new Dictionary<string, Tensor> { ["half"] = ones(1) });
        Assert.Equal("half", OnlyKey(null));
        SafetensorsWriter.Write(Path.Combine(vae, "diffusion_pytorch_model.safetensors"), new Dictionary<string, Tensor> { ["full"] = ones(1) });
        Assert.Equal("full", OnlyKey(null));
        Assert.Equal("half", OnlyKey("fp16"));
        Assert.Equal("full", OnlyKey("bf16"));

        string bin = Path.Combine(_folder, "text_encoder");
        Directory.CreateDirectory(bin);
        File.WriteAllText(Path.Combine(bin, "config.json"), """{"model_type":"clip_text_model"}""");
        File.Copy(GoldenData.PathOf("models/errors/ok_flat.pt"), Path.Combine(bin, "pytorch_model.bin"));
        using var pickle = Checkpoint.Open(bin);
        Assert.Contains("layer.weight", pickle.Component("text_encoder").Tensors.Tensors.Keys);

        string OnlyKey(string? variant)
        {
            using var checkpoint = Checkpoint.Open(vae, new CheckpointOptions { Variant = variant });
            return Assert.Single(checkpoint.Component("vae").Tensors.Tensors.Keys);
        }
    }

    // Property: an autoencoder with the attention names and shapes of old diffusers versions reads as today's.
    [Fact]
    public void Former_attention_names_are_read()
    {
        using var scope = NewDisposeScope();
        string vae = Path.Combine(_folder, "vae");
        Directory.CreateDirectory(vae);
        File.Copy(GoldenData.PathOf("models/checkpoints/sd1/vae/config.json"), Path.Combine(vae, "config.json"));
        using var today = SafetensorsFile.Open(GoldenData.PathOf("models/checkpoints/sd1/vae/diffusion_pytorch_model.safetensors"));
        SafetensorsWriter.Write(Path.Combine(vae, "diffusion_pytorch_model.safetensors"), today.Tensors.Keys.ToDictionary(
            k => k.Replace("to_q", "query", StringComparison.Ordinal).Replace("to_k", "key", StringComparison.Ordinal)
                .Replace("to_v", "value", StringComparison.Ordinal).Replace("to_out.0", "proj_attn", StringComparison.Ordinal),
            k => k.Contains("to_k.weight", StringComparison.Ordinal) ? today.Read(k).unsqueeze(-1).unsqueeze(-1) : today.Read(k)));
        using var checkpoint = Checkpoint.Open(vae);
        Assert.Empty(GoldenCheckpoints.Differences(today, checkpoint.Component("vae").Tensors));
    }

    // Property: the averaged weights of a training checkpoint are used when asked for, and only then; asking where there are none is an error.
    [Fact]
    public void Averaged_weights_are_an_option()
    {
        using var scope = NewDisposeScope();
        string golden = GoldenData.PathOf("models/checkpoints/sd1.safetensors"), path = Path.Combine(_folder, "training.safetensors");
        string configs = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd1"), _folder);
        using var plain = SafetensorsFile.Open(golden);
        var tensors = plain.Tensors.Keys.ToDictionary(k => k, plain.Read);
        foreach (string key in plain.Tensors.Keys.Where(k => k.StartsWith("model.diffusion_model.", StringComparison.Ordinal)))
            tensors[$"model_ema.{key["model.".Length..].Replace(".", "", StringComparison.Ordinal)}"] = zeros_like(tensors[key]);
        tensors["model_ema.decay"] = tensor(0.9999f);
        SafetensorsWriter.Write(path, tensors);
        using var usual = Checkpoint.Open(path, new CheckpointOptions { ConfigFolder = configs });
        using var averaged = Checkpoint.Open(path, new CheckpointOptions { ConfigFolder = configs, UseAveragedWeights = true });
        Assert.NotEqual(0f, Sum(usual, "conv_in.weight"));
        Assert.Equal(usual.Component("unet").Tensors.Tensors.Keys.Order(StringComparer.Ordinal), averaged.Component("unet")
            .Tensors.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(averaged.Component("unet").Tensors.Tensors.Keys, k => Assert.Equal(0f, Sum(averaged, k)));
        Assert.Contains("EMA", Assert.Throws<DarkroomException>(() =>
            Checkpoint.Open(golden, new CheckpointOptions { ConfigFolder = configs, UseAveragedWeights = true }))
            .Message, StringComparison.Ordinal);

        static float Sum(Checkpoint checkpoint, string key) =>
            checkpoint.Component("unet").Tensors.Read(key).abs().to_type(ScalarType.Float32).sum().item<float>();
    }

    // Property: keys that belong to nothing are reported all together; sizes of no family ask for configurations; broken configurations are named.
    [Fact]
    public void What_cannot_be_understood_is_named()
    {
        using var scope = NewDisposeScope();
        string golden = GoldenData.PathOf("models/checkpoints/sd1.safetensors"), path = Path.Combine(_folder, "odd.safetensors");
        using var plain = SafetensorsFile.Open(golden);
        var tensors = plain.Tensors.Keys.ToDictionary(k => k, plain.Read);
        tensors["stranger.weight"] = ones(2, 3);
        tensors["another"] = ones(1);
        SafetensorsWriter.Write(path, tensors);
        var error = Assert.Throws<DarkroomException>(() => Checkpoint.Open(path));
        Assert.Equal(ErrorKind.ModelMismatch, error.Kind);
        Assert.Equal(2, error.Problems.Count);
        Assert.Contains("--config", Assert.Throws<DarkroomException>(() => Checkpoint.Open(golden)).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.ModelMismatch,
            Assert.Throws<DarkroomException>(() => Checkpoint.Open(GoldenData.PathOf("models/errors/ok.safetensors"))).Kind);

        foreach (string config in (string[])["config_empty.json", "config_not_json.json"])
        {
            string configs = Path.Combine(_folder, config, "unet");
            Directory.CreateDirectory(configs);
            File.Copy(GoldenData.PathOf($"models/errors/{config}"), Path.Combine(configs, "config.json"));
            var bad = Assert.Throws<DarkroomException>(() =>
                Checkpoint.Open(golden, new CheckpointOptions { ConfigFolder = Path.Combine(_folder, config) }));
            Assert.Equal(ErrorKind.BadFile, bad.Kind);
            Assert.Contains("config.json", bad.Message, StringComparison.Ordinal);
            GoldenReport.Add("models/errors configurations", 1, 1);
        }
    }

    // Property: a folder that lacks several things is refused with all of them.
    [Fact]
    public void Missing_parts_of_a_folder_are_named_together()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "unet"));
        File.WriteAllText(Path.Combine(_folder, "unet", "config.json"), "{}");
        File.Copy(GoldenData.PathOf("models/checkpoints/sd1/model_index.json"), Path.Combine(_folder, "model_index.json"));
        var error = Assert.Throws<DarkroomException>(() => Checkpoint.Open(_folder));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Equal(["text_encoder", "unet", "vae"], error.Problems.Select(p => Path.GetFileName(p.Where!)).Order(StringComparer.Ordinal));
    }

    private static void RoundTrip(string component, NetworkKind kind, ModelFamily family, JsonElement config, int layers, string[] same)
    {
        var shapes = SharedKeys.Shapes(component, config);
        using var network = new SharedKeys.ShapesOnly(shapes.Select(s => new TensorInfo(s.Key, s.Value, ScalarType.Float16)));
        var original = SingleFileLayout.Map(kind, [.. shapes.Keys], layers).ToOriginal(network, "p.").Select(d => d.Info).ToList();
        Assert.Equal(original.Count, original.Select(o => o.Name).Distinct().Count());
        using var file = new SharedKeys.ShapesOnly(original);
        using var back = new DerivedTensors(file, SingleFileLayout.Map(kind, [.. original.Select(o => o.Name[2..])], layers).ToDiffusers(file, "p."));
        Assert.Empty(ModuleLoader.Compare(shapes, back, component));
        var made = ShapeConfigs.Make(kind, family, back, predictsVelocity: false);
        Assert.Empty(ModuleLoader.Compare(SharedKeys.Shapes(component, made), back, component));
        Assert.All(same, name => Assert.Equal(config.GetProperty(name).GetRawText(), made.GetProperty(name).GetRawText()));
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
