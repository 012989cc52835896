using System.Text.Json;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>A score-based model in continuous time: the VP, sub-VP or VE equation of Song et al. 2021, arXiv:2011.13456.</summary>
/// <remarks>
/// Our networks put out eps whatever the process is, see x scaled to about unit variance, x / sqrt(alpha^2 + sigma^2), and are told 999 t. Published networks
/// of VE differ: they put out the score and are told sigma.
/// </remarks>
internal sealed class SdePixelProcess(SchedulerConfig config) : PixelProcess
{
    private static readonly string[] Samplers = ["sde_euler_maruyama", "sde_reverse_diffusion", "sde_ancestral", "sde_pc", "ode_rk45"];

    /// <summary>The process.</summary>
    public Sde Sde { get; } = config.ClassName switch
    {
        "ScoreSdeVeScheduler" => new VarianceExplodingSde(config.SigmaMin ?? 0.01, config.SigmaMax ?? 50),
        "ScoreSdeSubVpScheduler" => new SubVariancePreservingSde(Stated(config, "beta_min", 0.1), Stated(config, "beta_max", 20)),
        _ => new VariancePreservingSde(Stated(config, "beta_min", 0.1), Stated(config, "beta_max", 20)),
    };

    /// <summary>1 / sqrt(alpha^2 + sigma^2), the factor of x in the network's input.</summary>
    public static double InputScale(NoisePoint at) => 1 / Math.Sqrt(at.Alpha * at.Alpha + at.Sigma * at.Sigma);

    /// <summary>999 t.</summary>
    public override double TimeAt(NoisePoint at) => Sde is VarianceExplodingSde
        ? 999 * Math.Log(at.Ratio / (config.SigmaMin ?? 0.01)) / Math.Log((config.SigmaMax ?? 50) / (config.SigmaMin ?? 0.01)) : at.Timestep;

    public override Prediction Predict(PixelNetworkCall network, Tensor x, NoisePoint at) =>
        Parameterisation.Predict(PredictionType.Epsilon, network(x * InputScale(at), TimeAt(at)), x, at);

    public override PreparedSampler Prepare(PixelRequest request, Func<Tensor, NoisePoint, Tensor>? gradient, out bool tookGradient)
    {
        tookGradient = false;
        if (request.Respacing is not null)
            throw new DarkroomException(ErrorKind.InvalidRequest, "This model has no timesteps to respace.", "--respacing", "Give --steps.");
        var options = new PredictorCorrectorOptions { Steps = request.Steps };
        return request.Sampler.Trim().ToLowerInvariant() switch
        {
            "sde_euler_maruyama" => ScoreSamplers.PredictorCorrector(Sde, options with { Predictor = ReversePredictor.EulerMaruyama }),
            "sde_reverse_diffusion" => ScoreSamplers.PredictorCorrector(Sde, options),
            "sde_ancestral" => ScoreSamplers.PredictorCorrector(Sde, options with { Predictor = ReversePredictor.Ancestral }),
            "sde_pc" => ScoreSamplers.PredictorCorrector(Sde, options with { Corrector = LangevinCorrector.Langevin }),
            "ode_rk45" => ScoreSamplers.ProbabilityFlow(Sde, denoise: true),
            _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"A score model is not sampled by {request.Sampler}.", "--sampler", $"Choose one of {string.Join(", ", Samplers)}."),
        };
    }

    private static double Stated(SchedulerConfig config, string key, double fallback) =>
        config.Stated.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < 1e6 and var number ? number : fallback;
}
