using static TorchSharp.torch;

namespace Darkroom.Guidance;

/// <summary>
/// Classifier-free guidance: eps = eps_u + s (eps_c - eps_u). It may be applied to any linear form of the prediction (eps, v, x_0).
/// </summary>
/// <remarks>
/// Ho and Salimans 2022, arXiv:2207.12598, eq. 6, whose w is s - 1: s = 0 is unconditional, 1 conditional. With a negative prompt eps_u is its prediction.
/// Tensors are [B, ...] and not disposed; results have their dtype and belong to the caller's dispose scope.
/// </remarks>
public static class ClassifierFreeGuidance
{
    /// <summary>Both halves of a doubled batch combined.</summary>
    /// <param name="prediction">[2B, ...], unconditional half first.</param>
    /// <param name="scale">s.</param>
    /// <returns>[B, ...].</returns>
    public static Tensor Combine(Tensor prediction, double scale)
    {
        using var scope = NewDisposeScope();
        var halves = prediction.chunk(2, dim: 0);
        return Combine(halves[0], halves[1], scale).MoveToOuterDisposeScope();
    }

    /// <summary>eps_u + s (eps_c - eps_u).</summary>
    /// <param name="unconditional">eps_u.</param>
    /// <param name="conditional">eps_c.</param>
    /// <param name="scale">s.</param>
    public static Tensor Combine(Tensor unconditional, Tensor conditional, double scale)
    {
        using var scope = NewDisposeScope();
        return (unconditional + scale * (conditional - unconditional)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gives the guided prediction the standard deviation of the conditional one, in part: phi g std(c)/std(g) + (1 - phi) g, per item.
    /// </summary>
    /// <remarks>
    /// Lin et al. 2023, arXiv:2305.08891, eq. 15 and 16; phi = 0.7 there. It mends the over-exposure of large scales with zero terminal
    /// SNR.
    /// </remarks>
    /// <param name="guided">g.</param>
    /// <param name="conditional">c.</param>
    /// <param name="phi">0 .. 1.</param>
    public static Tensor Rescale(Tensor guided, Tensor conditional, double phi)
    {
        using var scope = NewDisposeScope();
        long[] all = [.. Enumerable.Range(1, (int)guided.dim() - 1).Select(d => (long)d)];
        var matched = guided * (conditional.std(all, keepdim: true) / guided.std(all, keepdim: true));
        return (phi * matched + (1 - phi) * guided).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// CFG-Zero*: s* eps_u + s (eps_c - s* eps_u), where s* = &lt;eps_c, eps_u&gt; / |eps_u|^2 per item, and zeros in the first steps.
    /// </summary>
    /// <remarks>Fan et al. 2025, arXiv:2503.18886.</remarks>
    /// <param name="unconditional">eps_u.</param>
    /// <param name="conditional">eps_c.</param>
    /// <param name="scale">s.</param>
    /// <param name="isZeroStep">Whether this is one of the first steps, which are not moved.</param>
    public static Tensor CombineZeroStar(Tensor unconditional, Tensor conditional, double scale, bool isZeroStep = false)
    {
        using var scope = NewDisposeScope();
        if (isZeroStep) return zeros_like(conditional).MoveToOuterDisposeScope();
        var projected = PerItemSum(conditional * unconditional) / (PerItemSum(unconditional.square()) + 1e-8) * unconditional;
        return Combine(projected, conditional, scale).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Perturbed-attention guidance: eps_u + s (eps_c - eps_u) + p (eps_c - eps_p), eps_p being predicted with identity self-attention.
    /// </summary>
    /// <remarks>Ahn et al. 2024, arXiv:2403.17377. Without classifier-free guidance pass eps_c for eps_u.</remarks>
    /// <param name="unconditional">eps_u.</param>
    /// <param name="conditional">eps_c.</param>
    /// <param name="perturbed">eps_p.</param>
    /// <param name="scale">s.</param>
    /// <param name="perturbedScale">p.</param>
    public static Tensor CombinePerturbed(Tensor unconditional, Tensor conditional, Tensor perturbed, double scale, double perturbedScale)
    {
        using var scope = NewDisposeScope();
        return (Combine(unconditional, conditional, scale) + perturbedScale * (conditional - perturbed)).MoveToOuterDisposeScope();
    }

    /// <summary>diffusers' fading perturbed scale: max(p - a (1000 - t), 0).</summary>
    /// <param name="perturbedScale">p.</param>
    /// <param name="adaptive">a; 0 for a constant scale.</param>
    /// <param name="timestep">t of 1000.</param>
    public static double PerturbedScale(double perturbedScale, double adaptive, double timestep) =>
        adaptive > 0 ? Math.Max(perturbedScale - adaptive * (1000 - timestep), 0) : perturbedScale;

    /// <summary>Sum over all but the batch, [B, 1, ...].</summary>
    internal static Tensor PerItemSum(Tensor x) => x.flatten(1).sum(1).reshape([x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)]);
}
