using System.Text.Json;
using CsCheck;
using Darkroom.Imaging;
using Darkroom.Tests.Golden;
using Darkroom.Text.Prompts;

namespace Darkroom.Tests.Imaging;

public class InfotextTests
{
    /// <summary>A value as Python prints it; null stands for a setting that is left out.</summary>
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => value.GetRawText(),
    };

    // Property: a value is quoted as A1111 quotes it, and unquoting gives it back unless it looks quoted itself.
    [Fact]
    [Trait("Category", "Golden")]
    public void Quotes_as_a1111_does()
    {
        var cases = GoldenData.JsonLines("text/infotext-quote.jsonl").ToList();
        foreach (var @case in cases)
        {
            string value = Text(@case.GetProperty("value"))!;
            Assert.Equal(Text(@case.GetProperty("out")), Infotext.Quote(value));
            if (!value.StartsWith('"')) Assert.Equal(value, Infotext.Unquote(Infotext.Quote(value)));
        }
        GoldenReport.Add("text/infotext-quote", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    // Property: the settings of a picture become the text that A1111 writes: its order, its omissions, its quoting.
    [Fact]
    [Trait("Category", "Golden")]
    public void Creates_the_text_that_a1111_creates()
    {
        var cases = GoldenData.JsonLines("text/infotext-create.jsonl").ToList();
        foreach (var @case in cases)
        {
            int index = @case.GetProperty("index").GetInt32();
            var options = @case.GetProperty("opts");
            var parameters = new GenerationParameters
            {
                Prompt = @case.GetProperty("all_prompts")[index].GetString()!,
                NegativePrompt = @case.GetProperty("all_negative_prompts")[index].GetString()!,
            };
            foreach (var extra in @case.GetProperty("extra_generation_params").EnumerateObject())
                Set(extra.Name, extra.Value.ValueKind == JsonValueKind.Array ? extra.Value[index] : extra.Value);
            foreach (var (key, name) in new[]
            {
                ("Steps", "steps"), ("Sampler", "sampler_name"), ("Schedule type", "scheduler"), ("CFG scale", "cfg_scale"), ("Model hash", "sd_model_hash"),
                ("Model", "sd_model_name"), ("VAE hash", "sd_vae_hash"), ("VAE", "sd_vae_name"), ("Variation seed strength", "subseed_strength"),
                ("Clip skip", "clip_skip"), ("Tiling", "tiling"),
            })
                Set(key, @case.GetProperty(name));
            Set("Seed", @case.GetProperty("all_seeds")[index]);
            Set("Variation seed", @case.GetProperty("all_subseeds")[index]);
            Set("ENSD", options.GetProperty("eta_noise_seed_delta"));
            Set("RNG", options.GetProperty("randn_source"));
            parameters.Size = (@case.GetProperty("width").GetInt32(), @case.GetProperty("height").GetInt32());
            parameters.SeedResizeFrom = (@case.GetProperty("seed_resize_from_w").GetInt32(), @case.GetProperty("seed_resize_from_h").GetInt32());
            if (@case.GetProperty("restore_faces").GetBoolean()) parameters.Settings["Face restoration"] = "CodeFormer";
            if (@case.GetProperty("is_using_inpainting_conditioning").GetBoolean()) parameters.Settings["Conditional mask weight"] = "1.0";
            parameters.Version = "v1.10.1";
            Assert.Equal(@case.GetProperty("text").GetString(), parameters.ToString());

            void Set(string key, JsonElement value)
            {
                if (Text(value) is { } text) parameters.Settings[key] = text;
            }
        }
        GoldenReport.Add("text/infotext-create", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    // Property: a text is read as A1111 reads it, the defaults that it fills in included.
    [Fact]
    [Trait("Category", "Golden")]
    public void Parses_as_a1111_does()
    {
        var cases = GoldenData.JsonLines("text/infotext-parse.jsonl").ToList();
        foreach (var @case in cases)
        {
            var expected = @case.GetProperty("out").EnumerateObject().ToDictionary(p => p.Name, p => Text(p.Value));
            var read = A1111Infotext.Read(@case.GetProperty("text").GetString()!, UsesEmphasis);
            Assert.Equal(expected.OrderBy(p => p.Key, StringComparer.Ordinal), read.ToDictionary(p => p.Key, p => (string?)p.Value).OrderBy(p => p.Key, StringComparer.Ordinal));
        }
        GoldenReport.Add("text/infotext-parse", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }

    private static bool UsesEmphasis(string prompt) => PromptAttention.Parse(prompt).Any(part => part.Weight != 1 && part.Text != WeightedText.BreakWord);

    private static readonly Gen<string> Prompt = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 40],
        Gen.String[Gen.OneOf(Gen.Char['\t', '\r'], Gen.Char[' ', '~'], Gen.Char['\u00A0', '\u2030']), 0, 40],
        Gen.Const("Negative prompt: x"), Gen.Const("a\n\n Negative prompt: b\nSteps: 1, Seed: 2, Size: 3x4"), Gen.Const("a cat\n "));

    // Property: parameters come back from their text exactly: any prompts, every number, every setting, in any order.
    [Fact]
    public void Parameters_come_back() =>
        Gen.Select(Prompt, Prompt, Gen.Long, Gen.Double[-1e6, 1e6], Gen.Int[2, 9], Prompt.Where(p => p.Length > 0 && p.Trim() == p && p[0] != '"' && p.All(c => c is > '\x1F' or < '\x1C')))
            .Sample((prompt, negative, seed, guidance, skip, note) =>
            {
                var parameters = new GenerationParameters
                {
                    Version = "darkroom 0.1.0",
                    Prompt = prompt,
                    NegativePrompt = negative,
                    Seed = seed,
                    Guidance = guidance,
                    ClipSkip = skip,
                    Size = (512, 768),
                    Eta = 0.1,
                    PromptSyntax = "a1111",
                    Precision = "bf16",
                    Settings = { ["Note"] = note },
                };
                string text = parameters.ToString();
                var back = GenerationParameters.Parse(text);
                Assert.Equal((prompt, negative, seed, guidance, skip, (512, 768), note),
                    (back.Prompt, back.NegativePrompt, back.Seed, back.Guidance, back.ClipSkip, back.Size, back.Settings["Note"]));
                Assert.Equal(parameters.Settings.OrderBy(s => s.Key, StringComparer.Ordinal), back.Settings.OrderBy(s => s.Key, StringComparer.Ordinal));
                Assert.Equal(text, back.ToString());
            }, iter: 2000);

    // Property: settings that say nothing are left out.
    [Fact]
    public void What_says_nothing_is_left_out()
    {
        var parameters = new GenerationParameters
        {
            Prompt = "a",
            Steps = 1,
            Sampler = "DDIM",
            Seed = 2,
            VariationSeed = 3,
            VariationStrength = 0,
            ClipSkip = 1,
            NoiseSource = "GPU",
            NoiseSeedDelta = 31337,
            SeedResizeFrom = (0, 0),
        };
        Assert.Equal("a\nSteps: 1, Sampler: DDIM, Seed: 2", parameters.ToString());
        parameters.Eta = 0.5;
        Assert.Equal("a\nSteps: 1, Sampler: DDIM, Seed: 2, ENSD: 31337, Eta: 0.5", parameters.ToString());
    }

    // Property: a setting whose text is no value of its type is an error that names it, and only when it is asked for.
    [Fact]
    public void Unreadable_settings_are_named()
    {
        var parameters = GenerationParameters.Parse("x\nSteps: many, Size: 5x, Seed: 7");
        Assert.Equal(7, parameters.Seed);
        Assert.Null(parameters.Guidance);
        Assert.Contains("Steps", Assert.Throws<DarkroomException>(() => parameters.Steps).Message, StringComparison.Ordinal);
        Assert.Contains("Size", Assert.Throws<DarkroomException>(() => parameters.Size).Message, StringComparison.Ordinal);
    }

    // Property: any text is read without an exception and written again, and long hostile ones in a time that grows no faster than they do.
    [Fact]
    public void Any_text_is_read()
    {
        Gen.String.Sample(text => A1111Infotext.Read(text, _ => false), iter: 2000);
        string[] keys = ["Steps", "Clip skip", "ENSD", "Eta", "Sampler", "Variation seed strength", "Variation seed", "Seed resize from", "Size", "Version"];
        Gen.Select(Gen.Int[0, keys.Length - 1], Gen.String[Gen.Char[' ', '~'], 0, 6]).Array[0, 12].Sample(settings =>
        {
            string text = "a cat\n" + string.Join(", ", settings.Select(s => $"{keys[s.Item1]}: {s.Item2}"));
            Assert.StartsWith("a cat", GenerationParameters.Parse(text).ToString(), StringComparison.Ordinal);
            A1111Infotext.Read(text, _ => false);
        }, iter: 2000);
        foreach (string text in new[] { new string('a', 1 << 20), string.Concat(Enumerable.Repeat("a \"", 300_000)), string.Concat(Enumerable.Repeat("ab: \"\\", 200_000)) })
            Infotext.Parse(text);
    }
}
