using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Samplers;

/// <summary>
/// Samplers that behave as the diffusers scheduler of a configuration: integer timesteps, its spacing, its options.
/// </summary>
public static class DiffusersSamplers
{
    /// <summary>The sampler and plan of a scheduler configuration.</summary>
    /// <param name="config">
    /// Class and options; see <see cref="SchedulerConfig.As"/> for another class of the same checkpoint.
    /// </param>
    /// <param name="options">What the user sets.</param>
    /// <exception cref="DarkroomException">The class is unknown, or every option that doesn't go with it.</exception>
    public static PreparedSampler Create(SchedulerConfig config, SamplerOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        Validate(config, options);
        if (config.ClassName == "IPNDMScheduler")
            return new(new PndmSampler { Start = PndmStart.None }, DiffusersPlans.Ipndm(options.Steps));

        if (options.Order is { } order && HasSolverOrder(config.ClassName)) config = config.State("solver_order", order);
        if (options.SecondOrder is { } second) config = config.State("solver_type", second == SecondOrderTerm.Heun ? "heun" : "midpoint");
        var schedule = ScheduleOf(config, options);
        return config.ClassName switch
        {
            "DDPMScheduler" => new(
                new DdpmSampler { Limit = LimitOf(config, clips: true), Variance = VarianceOf(config), LearnedIsVariance = true }, DiffusersPlans.Ddpm(schedule)),
            "DDIMScheduler" => new(new DdimSampler
            {
                Limit = LimitOf(config, clips: true, rederive: options.UseClippedDenoised),
                Eta = options.Eta ?? 0,
            }, DiffusersPlans.Ddim(schedule, options.Steps)),
            "DDIMInverseScheduler" => new(
                new DdimSampler { Limit = LimitOf(config, clips: true, rederive: false) }, DiffusersPlans.DdimInverse(schedule, options.Steps)),
            "PNDMScheduler" => new(new PndmSampler
            {
                Start = config.SkipPrkSteps ? PndmStart.ImprovedEuler : PndmStart.RungeKutta,
                CombineVelocities = config.PredictionType == PredictionType.Velocity,
            }, DiffusersPlans.Pndm(schedule, options.Steps)),
            "LCMScheduler" => new(
                new LcmSampler { Limit = LimitOf(config, clips: true), TimestepScaling = config.TimestepScaling }, DiffusersPlans.Lcm(schedule)),
            "TCDScheduler" => new(new TcdSampler
            {
                Limit = LimitOf(config, clips: true, rederive: false),
                Stochastic = (options.Eta ?? DefaultGamma) > 0,
            }, DiffusersPlans.Tcd(schedule, options.Eta ?? DefaultGamma)),

            "EulerDiscreteScheduler" or "EDMEulerScheduler" => new(
                new EulerSampler { Churn = ChurnOf(config, options, schedule) }, DiffusersPlans.Exploding(schedule)),
            "EulerAncestralDiscreteScheduler" => new(
                new EulerAncestralSampler { DrawAtZero = true }, DiffusersPlans.Exploding(schedule)),
            "LMSDiscreteScheduler" => new(
                new LmsSampler { Order = options.Order ?? 4, OrderFromPlanStart = true }, DiffusersPlans.Exploding(schedule)),
            "HeunDiscreteScheduler" => new(new HeunSampler { Limit = LimitOf(config, clips: true) }, DiffusersPlans.Heun(schedule)),
            "KDPM2DiscreteScheduler" => new(new Dpm2Sampler(), DiffusersPlans.TwoStage(schedule, TwoStagePlan.GeometricMean)),
            "KDPM2AncestralDiscreteScheduler" => new(
                new Dpm2Sampler { Ancestral = true, Eta = 1 }, DiffusersPlans.TwoStage(schedule, TwoStagePlan.AncestralMean(1))),
            "DPMSolverSDEScheduler" => new(
                new DpmPlusPlusSdeSampler { NoiseScale = options.NoiseScale ?? 1 },
                DiffusersPlans.TwoStage(schedule, TwoStagePlan.GeometricMean) with { BrownianLevels = Float32Sigmas.Of(schedule) }),

            "DPMSolverMultistepScheduler" or "DPMSolverMultistepInverseScheduler" => new(Multistep(config), DiffusersPlans.Preserving(schedule)),
            "EDMDPMSolverMultistepScheduler" => new(Multistep(config), DiffusersPlans.Exploding(schedule)),
            "DPMSolverSinglestepScheduler" => new(new DpmSolverSinglestepSampler
            {
                Limit = LimitOf(config),
                Prediction = PredictionOf(config),
                Order = config.SolverOrder,
                SecondOrder = SecondOrderOf(config),
                Eta = EtaOf(config),
                LowerOrderFinal = config.LowerOrderFinal || schedule.Timesteps.Count % config.SolverOrder != 0 || config.FinalSigmasType == "zero",
            }, DiffusersPlans.Preserving(schedule)),
            "DEISMultistepScheduler" => new(new DeisSampler
            {
                Limit = LimitOf(config),
                Order = config.SolverOrder,
                LowerOrderFinal = config.LowerOrderFinal,
            }, DiffusersPlans.Preserving(schedule)),
            "UniPCMultistepScheduler" => new(new UniPcSampler
            {
                Limit = LimitOf(config),
                Order = config.SolverOrder,
                Variant = config.SolverType == "bh1" ? UniPcVariant.Bh1 : UniPcVariant.Bh2,
                Prediction = config.PredictX0 ? SolverPrediction.Denoised : SolverPrediction.Epsilon,
                LowerOrderFinal = config.LowerOrderFinal,
                DisableCorrector = config.DisableCorrector,
            }, DiffusersPlans.Preserving(schedule)),
            _ => new(new SaSolverSampler
            {
                Limit = LimitOf(config),
                PredictorOrder = config.PredictorOrder,
                CorrectorOrder = config.CorrectorOrder,
                Prediction = config.AlgorithmType == "noise_prediction" ? SolverPrediction.Epsilon : SolverPrediction.Denoised,
                LowerOrderFinal = config.LowerOrderFinal,
            }, DiffusersPlans.Preserving(schedule)),
        };
    }

    private const double DefaultGamma = 0.3;

    private static InferenceSchedule ScheduleOf(SchedulerConfig config, SamplerOptions options)
    {
        if (options.Timesteps is { } timesteps) return InferenceSchedule.FromTimesteps(config, timesteps);
        return options.Sigmas is { } sigmas ? InferenceSchedule.FromSigmas(config, sigmas)
            : InferenceSchedule.Create(config, options.Steps, options.Strength, options.DistilledSteps);
    }

    private static DpmSolverMultistepSampler Multistep(SchedulerConfig config) => new()
    {
        Limit = LimitOf(config),
        Prediction = PredictionOf(config),
        Order = config.SolverOrder,
        SecondOrder = SecondOrderOf(config),
        Eta = EtaOf(config),
        LowerOrderFinal = config.LowerOrderFinal,
        EulerAtFinal = config.EulerAtFinal,
        DrawAtZero = true,
        DiffusersThirdOrder = true,
    };

    private static SolverPrediction PredictionOf(SchedulerConfig config) =>
        config.AlgorithmType is "dpmsolver" or "sde-dpmsolver" ? SolverPrediction.Epsilon : SolverPrediction.Denoised;

    private static SecondOrderTerm SecondOrderOf(SchedulerConfig config) =>
        config.SolverType == "heun" ? SecondOrderTerm.Heun : SecondOrderTerm.Midpoint;

    private static double EtaOf(SchedulerConfig config) => config.AlgorithmType.StartsWith("sde-", StringComparison.Ordinal) ? 1 : 0;

    private static DenoisedLimit? LimitOf(SchedulerConfig config, bool clips = false, bool rederive = true)
    {
        if (config.Thresholding)
            return new() { Quantile = config.DynamicThresholdingRatio, Maximum = config.SampleMaxValue, RederiveEpsilon = rederive };
        return clips && config.ClipSample ? new() { Range = config.ClipSampleRange, RederiveEpsilon = rederive } : null;
    }

    private static VarianceType VarianceOf(SchedulerConfig config) => config.VarianceType switch
    {
        "fixed_large" or "fixed_large_log" => VarianceType.FixedLarge,
        "learned" => VarianceType.Learned,
        "learned_range" => VarianceType.LearnedRange,
        _ => VarianceType.FixedSmall,
    };

    private static Churn? ChurnOf(SchedulerConfig config, SamplerOptions options, InferenceSchedule schedule) => options.Churn is null ? null
        : options.Churn with { AlwaysDraw = false, AfterEvaluation = RereadOutput.Of(config), Steps = schedule.Sigmas.Count - 1 };

    private static bool IsDpmSolver(string className) => className is "DPMSolverMultistepScheduler" or "DPMSolverMultistepInverseScheduler"
        or "DPMSolverSinglestepScheduler" or "EDMDPMSolverMultistepScheduler";

    private static bool HasSolverOrder(string className) => IsDpmSolver(className) || className is "DEISMultistepScheduler" or "UniPCMultistepScheduler";

    private static void Validate(SchedulerConfig config, SamplerOptions options)
    {
        var problems = new List<Problem>();
        string name = config.ClassName;
        void Refuse(bool given, string option, string what, string? remedy = null)
        {
            if (given) problems.Add(new(what, option, remedy));
        }

        Refuse(options.Steps < 1, "steps", $"It is {options.Steps}, but must be at least 1.");
        if (options.Eta is { } eta && eta != 0)
        {
            bool has = name is "DDIMScheduler" or "TCDScheduler";
            Refuse(!has, "eta", $"{name} has no eta, but it is {eta}.", "Leave it out, or use ddim or euler_a.");
            Refuse(has && !(eta >= 0 && eta <= 1), "eta", $"It is {eta}, but must lie within 0 and 1.");
        }
        if (options.Order is { } order)
        {
            int most = name == "LMSDiscreteScheduler" ? 4 : HasSolverOrder(name) ? 3 : 0;
            Refuse(most == 0, "order", $"{name} has a fixed order.");
            Refuse(most > 0 && (order < 1 || order > most), "order", $"It is {order}, but must lie within 1 and {most}.");
        }
        Refuse(options.SecondOrder is not null && !IsDpmSolver(name), "solver_type", $"{name} has no choice of midpoint and heun.");
        Refuse(options.Churn is not null && name is not ("EulerDiscreteScheduler" or "EDMEulerScheduler"), "s_churn", $"{name} has no churn.",
            "Use euler, or a k-diffusion sampler.");
        Refuse(options.NoiseScale is not null && name != "DPMSolverSDEScheduler", "s_noise", $"{name} has no factor of its noise.", "Use a k-diffusion sampler.");
        Refuse(options.MidpointRatio is not null, "r", $"{name} has no midpoint ratio.", "Use k_dpmpp_sde.");
        Refuse(options.UseClippedDenoised && name != "DDIMScheduler", "use_clipped_model_output", $"{name} has no such option.", "Use ddim.");
        Refuse(options.DistilledSteps is not null && name is not ("LCMScheduler" or "TCDScheduler"), "original_inference_steps",
            $"{name} has no such option.", "Use lcm or tcd.");
        Refuse(options.Timesteps is not null && options.Sigmas is not null, "sigmas", "Timesteps and noise levels are both given.", "Give one of them.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
