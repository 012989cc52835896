namespace Darkroom.Evaluation.Likelihood;

/// <summary>How a likelihood is computed.</summary>
internal enum LikelihoodMethod
{
    /// <summary>The variational bound of the discrete process, L_0 + ... + L_T; for DDPM and improved DDPM.</summary>
    Bound,

    /// <summary>Along the probability-flow ODE with a random probe, of dequantised pictures; for any model.</summary>
    Ode,
}

/// <summary>What is measured.</summary>
internal sealed record LikelihoodSettings
{
    /// <summary>How; the bound by default.</summary>
    public LikelihoodMethod Method { get; init; } = LikelihoodMethod.Bound;

    /// <summary>How many timesteps the bound has, evenly spaced among the model's; null for all of them.</summary>
    public int? Timesteps { get; init; }

    /// <summary>Pictures that are computed together, at least 1; default 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Decides the noise.</summary>
    public long Seed { get; init; }

    /// <summary>rtol and atol of the ODE; default 1e-5.</summary>
    public double Tolerance { get; init; } = 1e-5;
}

/// <summary>The likelihood of pictures under a model, in bits per dimension: -log2 p over the numbers of a picture. Lower is better.</summary>
internal sealed record LikelihoodReport
{
    /// <summary>bound or ode.</summary>
    public required string Method { get; init; }

    /// <summary>How many pictures were measured.</summary>
    public required int Pictures { get; init; }

    /// <summary>The mean over the pictures; of the bound, an upper limit of the true value.</summary>
    public required double BitsPerDimension { get; init; }

    /// <summary>1.96 standard errors of the mean over the pictures; 0 for one picture.</summary>
    public required double Interval95 { get; init; }

    /// <summary>Network evaluations for one batch.</summary>
    public required int Evaluations { get; init; }

    /// <summary>L_T, which no network can change; null for the ODE.</summary>
    public double? Prior { get; init; }

    /// <summary>L_0, the pictures given x_1; null for the ODE.</summary>
    public double? Decoder { get; init; }

    /// <summary>The model's timesteps of the terms, ascending; empty for the ODE.</summary>
    public IReadOnlyList<int> Timesteps { get; init; } = [];

    /// <summary>L_0, L_1, ... by those timesteps, each the mean over the pictures.</summary>
    public IReadOnlyList<double> Terms { get; init; } = [];

    /// <summary>Mean squared error of eps hat by those timesteps.</summary>
    public IReadOnlyList<double> EpsilonErrors { get; init; } = [];
}
