using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Darkroom.Schedules;

/// <summary>Reading, checking and writing of scheduler_config.json.</summary>
internal static partial class SchedulerConfigReader
{
    private const int LargestFile = 32 << 20;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // "dpmsolver++" as it is
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static SchedulerConfig Parse(ReadOnlySpan<byte> utf8, string? where)
    {
        if (utf8.Length > LargestFile) throw Bad("It is too large for a scheduler configuration.", where);
        try
        {
            using var document = JsonDocument.Parse(QuoteNonFinite(utf8));
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Bad("A scheduler configuration is a JSON object.", where);
            var stated = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var entry in document.RootElement.EnumerateObject()) stated[entry.Name] = entry.Value.Clone();
            string className = stated.Remove("_class_name", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "DDIMScheduler";
            return Effective(className, stated, where ?? "scheduler_config.json");
        }
        catch (JsonException problem)
        {
            throw new DarkroomException(ErrorKind.BadFile, "It is not a JSON file.", where, inner: problem);
        }
    }

    /// <summary>The defaults of the class, then every stated option, then what the class makes of values that are another class's.</summary>
    /// <param name="className">The class.</param>
    /// <param name="stated">Keys and values; unknown keys are passed over.</param>
    /// <param name="file">The file that states them; null if it is a request.</param>
    public static SchedulerConfig Effective(string className, IReadOnlyDictionary<string, JsonElement> stated, string? file)
    {
        var config = SchedulerDefaults.Of(className) with { Stated = stated };
        var problems = new List<Problem>();
        string Where(string key) => file is null ? key : $"{file}, {key}";
        foreach (var (key, value) in stated)
        {
            if (!SchedulerOption.ByKey.TryGetValue(key, out var option)) continue;
            try
            {
                config = option.Apply(config, value);
            }
            catch (FormatException allowed)
            {
                problems.Add(new($"It is {Shown(value)}, but must be {allowed.Message}.", Where(key)));
            }
        }
        config = Adapt(config);
        problems.AddRange(Contradictions(config).Select(p => p with { Where = Where(p.Where!) }));
        return problems.Count == 0 ? config : throw new DarkroomException(file is null ? ErrorKind.InvalidRequest : ErrorKind.BadFile, problems);
    }

    public static void RequireKnown(string key)
    {
        if (!SchedulerOption.ByKey.ContainsKey(key))
            throw new DarkroomException(ErrorKind.InvalidRequest, $"No scheduler has an option \"{key}\".", key, $"There are {string.Join(", ", SchedulerOption.ByKey.Keys)}.");
    }

    public static JsonElement ToElement(object? value) => value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, Indented);

    public static string Write(SchedulerConfig config)
    {
        var all = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["_class_name"] = ToElement(config.ClassName) };
        foreach (var (key, value) in config.Stated) all[key] = value;
        return JsonSerializer.Serialize(all, Indented).Replace("\"-Infinity\"", "-Infinity", StringComparison.Ordinal) + "\n";
    }

    /// <summary>Values of one class that another reads as its own counterpart, as diffusers' constructors do.</summary>
    private static SchedulerConfig Adapt(SchedulerConfig config) => config.ClassName switch
    {
        "DPMSolverMultistepScheduler" or "DPMSolverMultistepInverseScheduler" => config with
        {
            AlgorithmType = config.AlgorithmType is "deis" ? "dpmsolver++" : config.AlgorithmType,
            SolverType = config.SolverType is "midpoint" or "heun" ? config.SolverType : "midpoint",
        },
        "DPMSolverSinglestepScheduler" => config with
        {
            AlgorithmType = config.AlgorithmType is "deis" ? "dpmsolver++" : config.AlgorithmType,
            SolverType = config.SolverType is "midpoint" or "heun" ? config.SolverType : "midpoint",
            LowerOrderFinal = config.LowerOrderFinal || config.FinalSigmasType == "zero",
        },
        "DEISMultistepScheduler" => config with { AlgorithmType = "deis", SolverType = "logrho" },
        "UniPCMultistepScheduler" => config with { SolverType = config.SolverType is "bh1" or "bh2" ? config.SolverType : "bh2" },
        "SASolverScheduler" => config with
        {
            AlgorithmType = config.AlgorithmType is "data_prediction" or "noise_prediction" ? config.AlgorithmType : "data_prediction",
        },
        _ => config,
    };

    private static IEnumerable<Problem> Contradictions(SchedulerConfig config)
    {
        string[] replacements = [.. new[]
        {
            (config.UseKarrasSigmas, "use_karras_sigmas"), (config.UseExponentialSigmas, "use_exponential_sigmas"),
            (config.UseBetaSigmas, "use_beta_sigmas"), (config.UseLuLambdas, "use_lu_lambdas"),
        }.Where(r => r.Item1).Select(r => r.Item2)];
        if (replacements.Length > 1) yield return new("At most one replacement of the noise levels may be set.", string.Join(" and ", replacements));
        if (config.SigmaMin is { } smallest && config.SigmaMax is { } largest && !(smallest < largest))
            yield return new($"It is {smallest}, but must be below sigma_max, {largest}.", "sigma_min");
        if (config.TrainedBetas is { } betas && betas.Count != config.TrainingSteps)
            yield return new($"There are {betas.Count}, but num_train_timesteps is {config.TrainingSteps}.", "trained_betas");
        if (config.StepsOffset >= config.TrainingSteps)
            yield return new($"It is {config.StepsOffset}, but must be below num_train_timesteps, {config.TrainingSteps}.", "steps_offset");
        if (config.ClassName.StartsWith("DPMSolver", StringComparison.Ordinal) && config.ClassName != "DPMSolverSDEScheduler" && config.FinalSigmasType == "zero"
            && config.AlgorithmType is "dpmsolver" or "sde-dpmsolver")
        {
            yield return new($"{config.AlgorithmType} cannot end at noise level 0.", "final_sigmas_type", "Set it to sigma_min or use dpmsolver++.");
        }
    }

    /// <summary>Python writes Infinity and NaN as bare words; JSON knows them as strings only.</summary>
    private static byte[] QuoteNonFinite(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetBytes(StringOrNonFinite().Replace(
        Encoding.UTF8.GetString(utf8).TrimStart('\uFEFF'), found => found.Value[0] == '"' ? found.Value : $"\"{found.Value}\""));

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"|-?Infinity|NaN", RegexOptions.Singleline)]
    private static partial Regex StringOrNonFinite();

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 40 ? text : text[..40] + "...";
    }

    private static DarkroomException Bad(string what, string? where) => new(ErrorKind.BadFile, what, where ?? "scheduler_config.json");
}
