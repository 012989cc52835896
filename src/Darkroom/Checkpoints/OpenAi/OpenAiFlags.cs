using System.Globalization;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>Whose flags they are.</summary>
public enum OpenAiScript
{
    /// <summary>openai/guided-diffusion, a diffusion model (image_sample.py, classifier_sample.py).</summary>
    GuidedDiffusion,

    /// <summary>openai/improved-diffusion, a diffusion model (image_sample.py).</summary>
    ImprovedDiffusion,

    /// <summary>Either repository's super_res_sample.py.</summary>
    SuperResolution,

    /// <summary>openai/guided-diffusion, a classifier of noised pictures (classifier_train.py).</summary>
    Classifier,
}

/// <summary>Reads the flags of OpenAI's scripts with the scripts' own defaults (script_util.py of the two repositories).</summary>
internal sealed class OpenAiFlags
{
    private const int ImageNetClasses = 1000;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<Problem> _problems = [];

    private OpenAiFlags(string flags)
    {
        string[] words = flags.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            string name = words[i];
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (!name.StartsWith("--", StringComparison.Ordinal) || (equals < 0 && i + 1 == words.Length))
            {
                _problems.Add(new Problem("A flag has the form --name value.", name));
                continue;
            }
            if (equals > 0) _values[name[2..equals]] = name[(equals + 1)..];
            else _values[name[2..]] = words[++i];
        }
    }

    public static OpenAiUnetConfig Read(string flags, OpenAiScript script)
    {
        var reader = new OpenAiFlags(flags);
        var config = script == OpenAiScript.Classifier ? reader.Classifier() : reader.Diffusion(script);
        reader.ThrowIfAny();
        OpenAiConfigReader.Check(config);
        return config;
    }

    /// <summary>The scheduler's configuration in diffusers' terms: schedule, variance and what is predicted.</summary>
    public static System.Text.Json.Nodes.JsonObject Scheduler(string flags)
    {
        var reader = new OpenAiFlags(flags);
        int steps = reader.Integer("diffusion_steps", 1000);
        string schedule = reader.Word("noise_schedule", "linear", "linear", "cosine");
        var scheduler = new System.Text.Json.Nodes.JsonObject
        {
            ["_class_name"] = "DDPMScheduler",
            ["num_train_timesteps"] = steps,
            ["beta_schedule"] = schedule == "cosine" ? "squaredcos_cap_v2" : "linear",
            ["beta_start"] = 0.0001 * 1000 / steps,
            ["beta_end"] = 0.02 * 1000 / steps,
            ["variance_type"] = reader.Flag("learn_sigma", false) ? "learned_range" : reader.Flag("sigma_small", false) ? "fixed_small" : "fixed_large",
            ["prediction_type"] = reader.Flag("predict_xstart", false) ? "sample" : "epsilon",
            ["clip_sample"] = true,
        };
        // What the network is told of a timestep: t 1000 / T.
        if (reader.Flag("rescale_timesteps", false)) scheduler["rescale_timesteps"] = true;
        reader.ThrowIfAny();
        return scheduler;
    }

    private OpenAiUnetConfig Diffusion(OpenAiScript script)
    {
        bool super = script == OpenAiScript.SuperResolution;
        int size = super ? Integer("large_size", 256) : Integer("image_size", 64);
        return new OpenAiUnetConfig
        {
            ModelChannels = Integer("num_channels", 128),
            OutChannels = Flag("learn_sigma", false) ? 6 : 3,
            ResidualBlocks = Integer("num_res_blocks", 2),
            AttentionFactors = Factors("attention_resolutions", "16,8", size),
            ChannelMultipliers = Multipliers(size, script),
            ImageSize = size,
            Dropout = Number("dropout", 0),
            Classes = Flag("class_cond", false) ? ImageNetClasses : null,
            Heads = Integer("num_heads", 4),
            HeadChannels = Positive("num_head_channels"),
            UpHeads = Positive("num_heads_upsample"),
            ScaleShift = Flag("use_scale_shift_norm", true),
            ResidualResampling = Flag("resblock_updown", false),
            NewAttentionOrder = Flag("use_new_attention_order", false),
            SuperResolution = super,
        };
    }

    private OpenAiUnetConfig Classifier()
    {
        int size = Integer("image_size", 64);
        return new OpenAiUnetConfig
        {
            ModelChannels = Integer("classifier_width", 128),
            OutChannels = ImageNetClasses,
            ResidualBlocks = Integer("classifier_depth", 2),
            AttentionFactors = Factors("classifier_attention_resolutions", "32,16,8", size),
            ChannelMultipliers = Multipliers(size, OpenAiScript.GuidedDiffusion),
            ImageSize = size,
            HeadChannels = 64,
            ScaleShift = Flag("classifier_use_scale_shift_norm", true),
            ResidualResampling = Flag("classifier_resblock_updown", true),
            Pool = Word("classifier_pool", "attention", "adaptive", "attention", "spatial", "spatial_v2"),
        };
    }

    private IReadOnlyList<double> Multipliers(int size, OpenAiScript script)
    {
        if (_values.TryGetValue("channel_mult", out string? given) && given.Trim('"', '\'').Length > 0) return [.. Numbers("channel_mult", given.Trim('"', '\''))];
        IReadOnlyList<double>? known = (size, script) switch
        {
            (512, OpenAiScript.SuperResolution) => [1, 1, 2, 2, 4, 4],
            (512, OpenAiScript.GuidedDiffusion) => [0.5, 1, 1, 2, 2, 4, 4],
            (256, _) => [1, 1, 2, 2, 4, 4],
            (128, OpenAiScript.GuidedDiffusion) => [1, 1, 2, 3, 4],
            (64, _) => [1, 2, 3, 4],
            (32, OpenAiScript.ImprovedDiffusion) => [1, 2, 2, 2],
            _ => null,
        };
        if (known is not null) return known;
        string sizes = script switch
        {
            OpenAiScript.ImprovedDiffusion => "32, 64 and 256",
            OpenAiScript.SuperResolution => "64, 256 and 512",
            _ => "64, 128, 256 and 512",
        };
        _problems.Add(new Problem($"The script knows no widths for pictures of {size}; it does for {sizes}.", script == OpenAiScript.SuperResolution ? "large_size" : "image_size",
            "Give --channel_mult."));
        return [1];
    }

    private IReadOnlyList<int> Factors(string name, string fallback, int size) =>
        [.. Numbers(name, _values.GetValueOrDefault(name, fallback)).Where(resolution => resolution >= 1).Select(resolution => size / (int)resolution)];

    private IEnumerable<double> Numbers(string name, string text)
    {
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0 && number < 65536) yield return number;
            else _problems.Add(new Problem($"\"{text}\" is no list of numbers above 0.", name));
        }
    }

    private int Integer(string name, int fallback) => (int)Number(name, fallback, whole: true);

    private int? Positive(string name) => Number(name, -1, whole: true) is > 0 and var number ? (int)number : null;

    private double Number(string name, double fallback, bool whole = false)
    {
        if (!_values.TryGetValue(name, out string? text)) return fallback;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) <= 1e6 && (!whole || number == Math.Floor(number)))
            return number;
        _problems.Add(new Problem($"\"{text}\" is not a {(whole ? "whole number" : "number")}.", name));
        return fallback;
    }

    private bool Flag(string name, bool fallback)
    {
        if (!_values.TryGetValue(name, out string? text)) return fallback;
        switch (text.ToLowerInvariant())
        {
            case "true" or "yes" or "t" or "y" or "1": return true;
            case "false" or "no" or "f" or "n" or "0": return false;
            default:
                _problems.Add(new Problem($"\"{text}\" is neither True nor False.", name));
                return fallback;
        }
    }

    private string Word(string name, string fallback, params string[] allowed)
    {
        string text = _values.GetValueOrDefault(name, fallback);
        if (allowed.Contains(text)) return text;
        _problems.Add(new Problem($"\"{text}\" is none of {string.Join(", ", allowed)}.", name));
        return fallback;
    }

    private void ThrowIfAny()
    {
        if (_problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, _problems);
    }
}
