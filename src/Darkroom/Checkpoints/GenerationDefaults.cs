using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Networks;

namespace Darkroom.Checkpoints;

/// <summary>What the maker of a model found best: taken where a request leaves something open. The file <c>generation.json</c> of a model folder.</summary>
/// <remarks>Other programs pass over that file. Null members leave the choice to the program.</remarks>
public sealed record GenerationDefaults
{
    /// <summary>The file's name.</summary>
    public const string FileName = "generation.json";

    private const int LongestName = 100;

    /// <summary>A sampler's name.</summary>
    public string? Sampler { get; init; }

    /// <summary>A sigma schedule's name; goes with <see cref="Sampler"/>.</summary>
    public string? Schedule { get; init; }

    /// <summary>Sampling steps.</summary>
    public int? Steps { get; init; }

    /// <summary>Guidance scale.</summary>
    public double? Guidance { get; init; }

    /// <summary>Width that the model works at, in pixels. With <see cref="Height"/> also the size that input pictures are brought to and back from.</summary>
    public int? Width { get; init; }

    /// <summary>Height that the model works at, in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>How many times larger a finished picture is made.</summary>
    public double? Upscale { get; init; }

    /// <summary>Reads the members of an object; others are passed over.</summary>
    /// <exception cref="DarkroomException">BadFile: values that are of no use, all of them.</exception>
    internal static GenerationDefaults FromJson(JsonElement json)
    {
        var reader = new ConfigReader(json, "generation");
        var defaults = new GenerationDefaults
        {
            Sampler = reader.OptionalText("sampler", LongestName),
            Schedule = reader.OptionalText("schedule", LongestName),
            Steps = reader.OptionalInteger("steps"),
            Guidance = reader.OptionalNumber("guidance"),
            Width = reader.OptionalInteger("width"),
            Height = reader.OptionalInteger("height"),
            Upscale = reader.OptionalNumber("upscale"),
        };
        reader.ThrowIfRefused();
        return defaults;
    }

    /// <summary>The members that are set.</summary>
    internal JsonObject ToJson()
    {
        var json = new JsonObject();
        Add("sampler", Sampler);
        Add("schedule", Schedule);
        Add("steps", Steps);
        Add("guidance", Guidance);
        Add("width", Width);
        Add("height", Height);
        Add("upscale", Upscale);
        return json;

        void Add<T>(string name, T? value)
        {
            if (value is not null) json[name] = JsonValue.Create(value);
        }
    }
}
