using System.Text.Json;

namespace Darkroom.Schedules;

/// <summary>One key of scheduler_config.json: how it is read into a config and what it says there.</summary>
/// <param name="Key">The key.</param>
/// <param name="Apply">
/// The config with the option set; a value of the wrong kind or range is a <see cref="FormatException"/> that says what is allowed.
/// </param>
/// <param name="Read">The effective value.</param>
internal sealed record SchedulerOption(string Key, Func<SchedulerConfig, JsonElement, SchedulerConfig> Apply, Func<SchedulerConfig, object?> Read)
{
    public static IReadOnlyDictionary<string, SchedulerOption> ByKey { get; } = new SchedulerOption[]
    {
        new("num_train_timesteps", (c, v) => c with { TrainingSteps = Int(v, 1, 1_000_000) }, c => c.TrainingSteps),
        new("beta_start", (c, v) => c with { BetaStart = Number(v, 0, 1) }, c => c.BetaStart),
        new("beta_end", (c, v) => c with { BetaEnd = Number(v, 0, 1) }, c => c.BetaEnd),
        new("beta_schedule", (c, v) => c with { BetaSchedule = Choice(v, [.. BetaSchedules.All.SelectMany(s => s.Aliases.Prepend(s.Name))]) }, c => c.BetaSchedule),
        new("trained_betas", (c, v) => c with { TrainedBetas = List(v, beta => Number(beta, 0, 1)) }, c => c.TrainedBetas),
        new("rescale_betas_zero_snr", (c, v) => c with { RescaleBetasZeroSnr = Flag(v) }, c => c.RescaleBetasZeroSnr),
        new("prediction_type", (c, v) => c with { PredictionType = Prediction(v) }, c => Name(c.PredictionType)),
        new("timestep_spacing", (c, v) => c with { TimestepSpacing = Enum.Parse<TimestepSpacing>(Choice(v, "leading", "linspace", "trailing"), ignoreCase: true) },
            c => c.TimestepSpacing.ToString().ToLowerInvariant()),
        new("steps_offset", (c, v) => c with { StepsOffset = Int(v, 0, 999_999) }, c => c.StepsOffset),
        new("clip_sample", (c, v) => c with { ClipSample = Flag(v) }, c => c.ClipSample),
        new("clip_sample_range", (c, v) => c with { ClipSampleRange = Number(v, 0, 1e6) }, c => c.ClipSampleRange),
        new("thresholding", (c, v) => c with { Thresholding = Flag(v) }, c => c.Thresholding),
        new("dynamic_thresholding_ratio", (c, v) => c with { DynamicThresholdingRatio = Number(v, 0, 1) }, c => c.DynamicThresholdingRatio),
        new("sample_max_value", (c, v) => c with { SampleMaxValue = Number(v, 0, 1e6) }, c => c.SampleMaxValue),
        new("variance_type", (c, v) => c with
        {
            VarianceType = IsNull(v) ? null : Choice(v, "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log", "learned", "learned_range"),
        }, c => c.VarianceType),
        new("set_alpha_to_one", (c, v) => c with { SetAlphaToOne = Flag(v) }, c => c.SetAlphaToOne),
        new("skip_prk_steps", (c, v) => c with { SkipPrkSteps = Flag(v) }, c => c.SkipPrkSteps),
        new("use_karras_sigmas", (c, v) => c with { UseKarrasSigmas = Flag(v) }, c => c.UseKarrasSigmas),
        new("use_exponential_sigmas", (c, v) => c with { UseExponentialSigmas = Flag(v) }, c => c.UseExponentialSigmas),
        new("use_beta_sigmas", (c, v) => c with { UseBetaSigmas = Flag(v) }, c => c.UseBetaSigmas),
        new("use_lu_lambdas", (c, v) => c with { UseLuLambdas = Flag(v) }, c => c.UseLuLambdas),
        new("sigma_min", (c, v) => c with { SigmaMin = IsNull(v) ? null : Number(v, 0, 1e6) }, c => c.SigmaMin),
        new("sigma_max", (c, v) => c with { SigmaMax = IsNull(v) ? null : Number(v, 0, 1e6) }, c => c.SigmaMax),
        new("sigma_data", (c, v) => c with { SigmaData = Number(v, 0, 1e6) }, c => c.SigmaData),
        new("sigma_schedule", (c, v) => c with { SigmaSchedule = Choice(v, "karras", "exponential") }, c => c.SigmaSchedule),
        new("rho", (c, v) => c with { Rho = Number(v, 0, 1e3) }, c => c.Rho),
        new("interpolation_type", (c, v) => c with { InterpolationType = Choice(v, "linear", "log_linear") }, c => c.InterpolationType),
        new("timestep_type", (c, v) => c with { TimestepType = Choice(v, "discrete", "continuous") }, c => c.TimestepType),
        new("final_sigmas_type", (c, v) => c with { FinalSigmasType = Choice(v, "zero", "sigma_min") }, c => c.FinalSigmasType),
        new("solver_order", (c, v) => c with { SolverOrder = Int(v, 1, 4) }, c => c.SolverOrder),
        new("algorithm_type", (c, v) => c with
        {
            AlgorithmType = Choice(v, "dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++", "deis", "data_prediction", "noise_prediction"),
        }, c => c.AlgorithmType),
        new("solver_type", (c, v) => c with { SolverType = Choice(v, "midpoint", "heun", "logrho", "bh1", "bh2") }, c => c.SolverType),
        new("lower_order_final", (c, v) => c with { LowerOrderFinal = Flag(v) }, c => c.LowerOrderFinal),
        new("euler_at_final", (c, v) => c with { EulerAtFinal = Flag(v) }, c => c.EulerAtFinal),
        new("lambda_min_clipped", (c, v) => c with { LambdaMinClipped = Number(v, double.NegativeInfinity, 1e6) }, c => c.LambdaMinClipped),
        new("predict_x0", (c, v) => c with { PredictX0 = Flag(v) }, c => c.PredictX0),
        new("disable_corrector", (c, v) => c with { DisableCorrector = List(v, step => Int(step, 0, 1_000_000)) ?? [] }, c => c.DisableCorrector),
        new("predictor_order", (c, v) => c with { PredictorOrder = Int(v, 1, 4) }, c => c.PredictorOrder),
        new("corrector_order", (c, v) => c with { CorrectorOrder = Int(v, 0, 4) }, c => c.CorrectorOrder),
        new("original_inference_steps", (c, v) => c with { OriginalInferenceSteps = Int(v, 1, 1_000_000) }, c => c.OriginalInferenceSteps),
        new("timestep_scaling", (c, v) => c with { TimestepScaling = Number(v, 0, 1e6) }, c => c.TimestepScaling),
        new("noise_sampler_seed", (c, v) => c with { NoiseSamplerSeed = IsNull(v) ? null : Int(v, 0, int.MaxValue) }, c => c.NoiseSamplerSeed),
    }.ToDictionary(option => option.Key, StringComparer.Ordinal);

    /// <summary>diffusers' name of a prediction type; "previous_x" for the one that it lacks.</summary>
    public static string Name(PredictionType type) => type switch
    {
        PredictionType.Epsilon => "epsilon",
        PredictionType.Sample => "sample",
        PredictionType.Velocity => "v_prediction",
        _ => "previous_x",
    };

    private static PredictionType Prediction(JsonElement value)
    {
        string name = Choice(value, [.. Enum.GetValues<PredictionType>().Select(Name)]);
        return Enum.GetValues<PredictionType>().Single(type => Name(type) == name);
    }

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.GetString() == "None");

    private static bool Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException("true or false"),
    };

    private static int Int(JsonElement value, int smallest, int largest) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number) && number >= smallest && number <= largest
            ? (int)number : throw new FormatException($"a whole number from {smallest} to {largest}");

    private static double Number(JsonElement value, double smallest, double largest)
    {
        double number = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String when value.GetString() == "-Infinity" => double.NegativeInfinity,
            JsonValueKind.String when value.GetString() == "Infinity" => double.PositiveInfinity,
            _ => double.NaN,
        };
        return number >= smallest && number <= largest ? number : throw new FormatException($"a number from {smallest} to {largest}");
    }

    private static string Choice(JsonElement value, params string[] names) =>
        value.ValueKind == JsonValueKind.String && names.Contains(value.GetString()) ? value.GetString()! : throw new FormatException($"one of {string.Join(", ", names)}");

    private static IReadOnlyList<T>? List<T>(JsonElement value, Func<JsonElement, T> item) => value.ValueKind switch
    {
        JsonValueKind.Array when value.GetArrayLength() <= 1_000_000 => [.. value.EnumerateArray().Select(item)],
        _ when IsNull(value) => null,
        _ => throw new FormatException("a list of at most 1000000 entries"),
    };
}
