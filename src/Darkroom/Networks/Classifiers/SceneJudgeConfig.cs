using System.Text.Json;

namespace Darkroom.Networks.Classifiers;

/// <summary>The two designs of scene judges.</summary>
internal enum SceneJudgeDesign
{
    /// <summary><see cref="ResidualSceneJudge"/>.</summary>
    Residual,

    /// <summary><see cref="DepthwiseSceneJudge"/>.</summary>
    Depthwise,
}

/// <summary>The shape of a scene judge, as its <c>config.json</c> has it.</summary>
internal sealed record SceneJudgeConfig
{
    /// <summary>Which network.</summary>
    public required SceneJudgeDesign Design { get; init; }

    /// <summary>Channels of each level, from the finest; each level but the first halves the size.</summary>
    public required IReadOnlyList<int> Widths { get; init; }

    /// <summary>Blocks of each level.</summary>
    public required IReadOnlyList<int> Blocks { get; init; }

    /// <summary>How many objects it tells apart.</summary>
    public required int Objects { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="DarkroomException">Values that are not supported, all by name (<see cref="ErrorKind.BadFile"/>).</exception>
    public static SceneJudgeConfig FromJson(JsonElement json)
    {
        var reader = new ConfigReader(json, "scene judge");
        string design = reader.Word("_class_name", nameof(ResidualSceneJudge), nameof(DepthwiseSceneJudge));
        var config = new SceneJudgeConfig
        {
            Design = design == nameof(ResidualSceneJudge) ? SceneJudgeDesign.Residual : SceneJudgeDesign.Depthwise,
            Widths = reader.Integers("widths", []),
            Blocks = reader.Integers("blocks", []),
            Objects = reader.Integer("objects", 0),
        };
        int levels = config.Design == SceneJudgeDesign.Residual ? ResidualSceneJudge.Levels : DepthwiseSceneJudge.Levels;
        if (config.Widths.Count != levels) reader.Refuse("widths", $"{design} has {levels} levels.");
        if (config.Blocks.Count != levels) reader.Refuse("blocks", $"{design} has {levels} levels.");
        foreach (int width in config.Widths.Where(w => w is < 1 or > 4096 || w % ResidualSceneJudge.GroupWidth != 0))
            reader.Refuse("widths", $"{width} is not a multiple of {ResidualSceneJudge.GroupWidth} up to 4096.");
        foreach (int blocks in config.Blocks.Where(b => b is < 1 or > 64)) reader.Refuse("blocks", $"{blocks} is not from 1 to 64.");
        if (config.Objects < 1) reader.Refuse("objects", "How many objects it tells apart is missing.");
        reader.ThrowIfRefused();
        return config;
    }
}
