using System.Text.Json;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>From the arguments of OpenAI's classes, as JSON, to an <see cref="OpenAiUnetConfig"/>.</summary>
internal static class OpenAiConfigReader
{
    private const int GroupsOfNorms = 32;
    private static readonly string[] Pools = ["adaptive", "attention", "spatial", "spatial_v2"];

    public static OpenAiUnetConfig Read(JsonElement json, bool superResolution)
    {
        var reader = new Networks.ConfigReader(json, "OpenAI UNet");
        reader.Only("dims", 2);
        reader.Only("use_fp16", false, true);
        string? pool = reader.Has("pool") ? reader.OptionalWord("pool", Pools) : null;
        var config = new OpenAiUnetConfig
        {
            InChannels = reader.Integer("in_channels", 3),
            ModelChannels = Required(reader, "model_channels"),
            OutChannels = Required(reader, "out_channels"),
            ResidualBlocks = Required(reader, "num_res_blocks"),
            AttentionFactors = json.TryGetProperty("attention_resolutions", out var factors) && factors.ValueKind == JsonValueKind.Array && factors.GetArrayLength() == 0
                ? [] : reader.Integers("attention_resolutions", []),
            ChannelMultipliers = Multipliers(json),
            ImageSize = reader.OptionalInteger("image_size"),
            Dropout = reader.Number("dropout", 0),
            ConvolutionalResampling = reader.Flag("conv_resample", true),
            Classes = reader.OptionalInteger("num_classes"),
            Heads = reader.Integer("num_heads", 1),
            HeadChannels = Positive(json, "num_head_channels"),
            UpHeads = Positive(json, "num_heads_upsample"),
            ScaleShift = reader.Flag("use_scale_shift_norm", false),
            ResidualResampling = reader.Flag("resblock_updown", false),
            NewAttentionOrder = reader.Flag("use_new_attention_order", false),
            SuperResolution = superResolution,
            Pool = pool,
        };
        reader.ThrowIfRefused();
        Check(config);
        return config;
    }

    /// <summary>Refuses what no network can be built of.</summary>
    /// <exception cref="DarkroomException">BadFile, with every problem.</exception>
    public static void Check(OpenAiUnetConfig config)
    {
        var problems = new List<Problem>();
        var channels = config.LevelChannels;
        if (channels.Count is < 1 or > 16) problems.Add(new($"It has {channels.Count} levels; 1 to 16 are possible.", "channel_mult"));
        foreach (int width in channels.Distinct())
        {
            if (width < GroupsOfNorms || width % GroupsOfNorms != 0)
                problems.Add(new($"{width} channels don't divide into the {GroupsOfNorms} groups of the norms.", "model_channels, channel_mult"));
        }
        for (int level = 0; level < channels.Count; level++)
        {
            if (!config.Attends(level) && level < channels.Count - 1) continue;
            if (config.HeadChannels is { } head && channels[level] % head != 0) problems.Add(new($"{channels[level]} channels don't divide into heads of width {head}.", "num_head_channels"));
            if (config.HeadChannels is not null) continue;
            foreach (int heads in new[] { config.Heads, config.UpHeads ?? config.Heads }.Distinct())
                if (heads < 1 || channels[level] % heads != 0) problems.Add(new($"{channels[level]} channels don't divide into {heads} heads.", "num_heads"));
        }
        if (config.Pool == "attention" && config.ImageSize is null) problems.Add(new("Attention pooling needs the size of the pictures.", "image_size"));
        if (config.Pool == "attention" && config.HeadChannels is null) problems.Add(new("Attention pooling needs the width of its heads.", "num_head_channels"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, [.. problems.Distinct()]);
    }

    private static int Required(Networks.ConfigReader reader, string name)
    {
        if (!reader.Has(name)) reader.Refuse(name, "It is missing.");
        return reader.Integer(name, 1);
    }

    /// <summary>-1 and null mean that it isn't given.</summary>
    private static int? Positive(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0 ? number : null;

    private static IReadOnlyList<double> Multipliers(JsonElement json)
    {
        if (!json.TryGetProperty("channel_mult", out var list)) return [1, 2, 4, 8];
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(m => m.ValueKind == JsonValueKind.Number && m.GetDouble() is > 0 and < 1024))
            return [.. list.EnumerateArray().Select(m => m.GetDouble())];
        throw new DarkroomException(ErrorKind.BadFile, "It must be a list of numbers above 0.", "channel_mult");
    }
}
