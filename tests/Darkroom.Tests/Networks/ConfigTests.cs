using System.Text.Json;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;

namespace Darkroom.Tests.Networks;

public class ConfigTests
{
    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    // Property: keys that a configuration doesn't know are ignored, and what it leaves out has the upstream default.
    [Fact]
    public void Foreign_keys_are_ignored_and_defaults_are_upstream()
    {
        var config = UnetConfig.FromJson(Json("""{"_class_name": "UNet2DConditionModel", "something_new": [1, {"a": 2}], "cross_attention_dim": 768}"""));
        Assert.Equal([320, 640, 1280, 1280], config.BlockOutChannels);
        Assert.Equal(768, config.CrossAttentionDim);
        Assert.Equal([8, 8, 8, 8], config.NumAttentionHeads);
    }

    // Property: every unsupported value is refused by name, all in one error.
    [Fact]
    public void Unsupported_values_are_refused_together()
    {
        var error = Assert.Throws<DarkroomException>(() => UnetConfig.FromJson(Json("""
            {"act_fn": "mish", "dual_cross_attention": true, "encoder_hid_dim": 4, "block_out_channels": "wide", "layers_per_block": [1, 2],
             "addition_embed_type": "image", "norm_eps": "small"}
            """)));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Equal(
            ["act_fn", "addition_embed_type", "block_out_channels", "dual_cross_attention", "encoder_hid_dim", "layers_per_block", "norm_eps"],
            error.Problems.Select(problem => problem.Where!).Order(StringComparer.Ordinal));
    }

    // Property: sizes that no network can have are refused before anything is built.
    [Theory]
    [InlineData("""{"block_out_channels": [33, 64], "down_block_types": ["DownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "UpBlock2D"]}""")]
    [InlineData("""{"block_out_channels": [320, 640]}""")]
    [InlineData("""{"in_channels": -4}""")]
    [InlineData("""{"in_channels": 1e300}""")]
    [InlineData("""{"layers_per_block": 2.5}""")]
    [InlineData("""{"attention_head_dim": 7}""")]
    [InlineData("""{"addition_embed_type": "text_time"}""")]
    [InlineData("""{"class_embed_type": "projection"}""")]
    [InlineData("""{"cross_attention_dim": [768, 768, 1024, 1024]}""")]
    [InlineData("""{"_class_name": "Transformer2DModel"}""")]
    public void Impossible_sizes_are_refused(string json) =>
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => UnetConfig.FromJson(Json(json))).Kind);

    // Property: a configuration that isn't an object at all gives the defaults or a refusal, never another kind of failure.
    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("3")]
    public void Anything_else_than_an_object_is_survived(string json)
    {
        foreach (var read in (Action<JsonElement>[])[j => UnetConfig.FromJson(j), j => AutoencoderConfig.FromJson(j), j => ClipTextConfig.FromJson(j), j => TinyAutoencoderConfig.FromJson(j)])
        {
            var thrown = Record.Exception(() => read(Json(json)));
            Assert.True(thrown is null or DarkroomException, thrown?.ToString());
        }
    }

    // Property: the text model's projection exists only where the file's class has one.
    [Theory]
    [InlineData("""{"architectures": ["CLIPTextModel"], "projection_dim": 512}""", null)]
    [InlineData("""{"architectures": ["CLIPTextModelWithProjection"], "projection_dim": 1280}""", 1280)]
    public void Projection_follows_the_architecture(string json, int? width) =>
        Assert.Equal(width, ClipTextConfig.FromJson(Json(json)).ProjectionDim);

    // Property: autoencoders with latent statistics, or of another class, are refused by name.
    [Fact]
    public void Other_autoencoders_are_refused()
    {
        var error = Assert.Throws<DarkroomException>(() => AutoencoderConfig.FromJson(Json("""{"_class_name": "VQModel", "latents_mean": [0.1], "act_fn": "relu"}""")));
        Assert.Equal(["_class_name", "act_fn", "latents_mean"], error.Problems.Select(problem => problem.Where!).Order(StringComparer.Ordinal));
    }
}
