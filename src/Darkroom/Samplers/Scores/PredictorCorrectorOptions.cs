namespace Darkroom.Samplers;

/// <summary>A step of the reverse SDE; Song et al. 2021, arXiv:2011.13456.</summary>
public enum ReversePredictor
{
    /// <summary>None: the corrector alone.</summary>
    None,

    /// <summary>Euler and Maruyama's step of the reverse SDE, app. D.</summary>
    EulerMaruyama,

    /// <summary>The reverse SDE, discretised as the forward process is, app. E.</summary>
    ReverseDiffusion,

    /// <summary>Ancestral sampling of the discrete process (DDPM, SMLD), app. F; not for sub-VP.</summary>
    Ancestral,
}

/// <summary>Langevin steps at an unchanged noise level; Song et al. 2021, arXiv:2011.13456, app. G.</summary>
public enum LangevinCorrector
{
    /// <summary>None: the predictor alone.</summary>
    None,

    /// <summary>The step is 2 alpha (r |z| / |score|)^2, alg. 4 and 5.</summary>
    Langevin,

    /// <summary>The step is 2 alpha (r sigma(t))^2, annealed Langevin dynamics as in NCSN.</summary>
    Annealed,
}

/// <summary>What a predictor-corrector sampler does.</summary>
public sealed record PredictorCorrectorOptions
{
    /// <summary>N, at least 1: how many times, and predictor steps, there are.</summary>
    public required int Steps { get; init; }

    /// <summary>The predictor; reverse diffusion by default.</summary>
    public ReversePredictor Predictor { get; init; } = ReversePredictor.ReverseDiffusion;

    /// <summary>The corrector, which comes before the predictor at each time; none by default.</summary>
    public LangevinCorrector Corrector { get; init; } = LangevinCorrector.None;

    /// <summary>M, at least 1: how many steps the corrector makes at each time; default 1.</summary>
    public int CorrectorSteps { get; init; } = 1;

    /// <summary>r of the corrector, above 0; default 0.16.</summary>
    public double SignalToNoise { get; init; } = 0.16;

    /// <summary>
    /// Whether the predictor solves the probability-flow ODE instead: half the score, no noise. Not with ancestral sampling. Default false.
    /// </summary>
    public bool ProbabilityFlow { get; init; }

    /// <summary>Whether the network was trained on N discrete noise levels and not in continuous time (default).</summary>
    public bool Discrete { get; init; }

    /// <summary>Whether the last predictor step leaves out its noise; default true.</summary>
    public bool Denoise { get; init; } = true;

    /// <summary>eps, the last time, within 0 and 1; null for the process' own.</summary>
    public double? End { get; init; }

    /// <summary>
    /// Whether the corrector takes its norms as means over the batch, as the authors' program does. By default each picture has its own, so that it does not depend on
    /// its neighbours. Data of a few dimensions need the batch: there the score of one item may be near 0, and its step far too long.
    /// </summary>
    public bool NormsOverBatch { get; init; }
}
