using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>The step of order one that DDIM, Euler and PNDM share, deterministic or ancestral.</summary>
/// <remarks>
/// Song, Meng and Ermon 2020, arXiv:2010.02502, eq. 12; in the variance-exploding view (alpha = 1) it is Euler's step
/// x' = x + (sigma' - sigma) dx/dsigma of Karras et al. 2022, arXiv:2206.00364, alg. 1, or the ancestral step of
/// k-diffusion.
/// </remarks>
internal static class FirstOrderStep
{
    /// <summary>x' = alpha' x_0 hat + sigma' eps hat.</summary>
    public static torch.Tensor Of(Prediction prediction, NoisePoint to) =>
        WeightedSum.Of((to.Alpha, prediction.Denoised), (to.Sigma, prediction.Epsilon));

    /// <summary>From x along a given eps hat: x' = (alpha' / alpha) x + alpha' (rho' - rho) eps hat.</summary>
    /// <param name="epsilon">eps hat.</param>
    /// <param name="x">The state at <paramref name="from"/>.</param>
    /// <param name="from">Where the step begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="ratio">
    /// rho', where it is not that of <paramref name="to"/> (ancestral steps go further down).
    /// </param>
    public static torch.Tensor Along(torch.Tensor epsilon, torch.Tensor x, NoisePoint from, NoisePoint to, double? ratio = null) =>
        WeightedSum.Of((to.Alpha / from.Alpha, x), (to.Alpha * ((ratio ?? to.Ratio) - from.Ratio), epsilon));

    /// <summary>
    /// From x towards a given x_0 hat: x' = alpha' (rho' / rho) (x / alpha) + alpha' (1 - rho' / rho) x_0 hat.
    /// </summary>
    /// <remarks>
    /// DPM-Solver++ of order one (Lu et al. 2022, arXiv:2211.01095, eq. 9): (sigma'/sigma) x - alpha' (exp(-h) - 1) x_0
    /// hat with h = lambda' - lambda. Parameters as in <see cref="Along"/>.
    /// </remarks>
    public static torch.Tensor Towards(torch.Tensor denoised, torch.Tensor x, NoisePoint from, NoisePoint to, double? ratio = null)
    {
        double quotient = (ratio ?? to.Ratio) / from.Ratio;
        return WeightedSum.Of((to.Alpha * quotient / from.Alpha, x), (to.Alpha * (1 - quotient), denoised));
    }

    /// <summary>x' = alpha' (x_0 hat + rho_down eps hat + rho_up z), z unit noise, null for none.</summary>
    public static torch.Tensor Ancestral(Prediction prediction, NoisePoint to, AncestralSplit split, torch.Tensor? z)
    {
        if (z is null || split.Up == 0) return Of(prediction, to);
        var x = WeightedSum.Of((to.Alpha, prediction.Denoised), (to.Alpha * split.Down, prediction.Epsilon));
        return x.add_(z, alpha: to.Alpha * split.Up);
    }
}

/// <summary>
/// How the noise level rho = sigma / alpha of the landing point is split: a deterministic part and fresh noise.
/// </summary>
/// <param name="Down">The noise level that the deterministic step goes to.</param>
/// <param name="Up">The standard deviation of the fresh noise; Down^2 + Up^2 = rho'^2.</param>
internal readonly record struct AncestralSplit(double Down, double Up)
{
    /// <summary>
    /// rho_up = min(rho', eta rho' sqrt(1 - rho'^2 / rho^2)), rho_down = sqrt(rho'^2 - rho_up^2); eta = 1 is ancestral
    /// sampling.
    /// </summary>
    /// <remarks>
    /// k-diffusion's get_ancestral_step. It equals DDIM's sigma = eta sqrt((1 - AlphaBar') / (1 - AlphaBar)) sqrt(1 -
    /// AlphaBar / AlphaBar') (arXiv:2010.02502, eq. 16) over alpha', so DDIM with eta and the ancestral Euler method
    /// are one step.
    /// </remarks>
    public static AncestralSplit Of(double from, double to, double eta)
    {
        if (eta == 0 || to == 0) return new(to, 0);
        double quotient = to / from;
        double up = Math.Min(to, eta * to * Math.Sqrt(Math.Max(0, 1 - quotient * quotient)));
        return new(Math.Sqrt(Math.Max(0, to * to - up * up)), up);
    }
}
