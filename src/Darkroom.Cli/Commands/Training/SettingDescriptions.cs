using System.Text.Json.Nodes;
using Darkroom.Cli.Hosting;
using Darkroom.Training;

namespace Darkroom.Cli.Commands.Training;

/// <summary>What the settings of trainings do, in a sentence each, for their help.</summary>
internal static class SettingDescriptions
{
    /// <summary>Of every training.</summary>
    public static IReadOnlyList<(string Name, string Description)> Training { get; } =
    [
        ("training.steps", "How long: each step learns from batchSize pictures."),
        ("training.batchSize", "Pictures in a step. More give a smoother course and take more memory and time."),
        ("training.optimiser.learningRate", "How far each step goes. Halve it where the loss jumps; it is the first thing to try."),
        ("training.schedule.shape", "What becomes of the learning rate: cosine (to nothing at the end), linear or constant."),
        ("training.ema.decay", "The model kept is an average over the last 1 / (1 - decay) steps, which is better than the last step alone."),
        ("training.precision", "f32, bf16, or auto: bf16 where the processor is fast at it, else f32. Where it is not, bf16 takes tens of times as long."),
        ("training.seed", "Decides the first weights, the order of the pictures and all noise."),
        ("training.logEvery", "Steps from one line to the next."),
        ("training.saveEvery", "Steps from one checkpoint to the next; more are lost only where the process is killed."),
        ("training.sampleEvery", "Steps from one sheet of pictures (samples/) to the next; 0 draws none."),
        ("training.evaluateEvery", "Steps from one evaluation to the next; 0 does none."),
    ];

    /// <summary>Of the pictures.</summary>
    public static IReadOnlyList<(string Name, string Description)> Data { get; } =
    [
        ("data.kind", "scenes (composed on the fly from emoji), emoji (one by one, for pixel) or folder (picture files of yours)."),
        ("data.path", "The folder of the pictures."),
        ("data.edge", "Width and height that pictures are brought to, in pixels."),
        ("data.flip", "Of a folder: whether every other picture is mirrored."),
    ];

    /// <summary>With the values that a preset has; a name that its configuration lacks is a defect.</summary>
    public static IReadOnlyList<SettingHelp> Of<T>(string preset, params IEnumerable<(string Name, string Description)> rows)
    {
        var json = JsonNode.Parse(ConfigurationFile.Write(ConfigurationFile.Read<T>(preset)))!;
        return [.. rows.Select(row => new SettingHelp(row.Name, row.Description, Value(json, row.Name)))];
    }

    private static string? Value(JsonNode json, string name)
    {
        var at = json;
        string[] parts = name.Split('.');
        foreach (string part in parts)
        {
            if (at is not JsonObject owner || !owner.TryGetPropertyValue(part, out at)) throw new InvalidOperationException($"The preset has no setting {name}.");
        }
        return at is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : at?.ToJsonString();
    }
}
