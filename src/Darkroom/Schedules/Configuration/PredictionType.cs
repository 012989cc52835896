namespace Darkroom.Schedules;

/// <summary>What a network was trained to predict from x_t = sqrt(AlphaBar_t) x_0 + sqrt(1 - AlphaBar_t) eps.</summary>
public enum PredictionType
{
    /// <summary>eps, the noise ("epsilon"); Ho et al. 2020.</summary>
    Epsilon,

    /// <summary>x_0, the clean picture ("sample").</summary>
    Sample,

    /// <summary>v = sqrt(AlphaBar_t) eps - sqrt(1 - AlphaBar_t) x_0 ("v_prediction"); Salimans and Ho 2022, arXiv:2202.00512.</summary>
    Velocity,

    /// <summary>The mean of q(x_{t-1} | x_t, x_0) ("previous_x"); an option of the original DDPM code.</summary>
    PreviousMean,
}
