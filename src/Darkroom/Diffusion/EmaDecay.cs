namespace Darkroom.Diffusion;

/// <summary>
/// The decay of an exponential moving average of weights, shadow = decay shadow + (1 - decay) weight, as a function of the number of the update.
/// </summary>
/// <remarks>The number counts from 1: the first update of a run is 1.</remarks>
public static class EmaDecay
{
    /// <summary>
    /// min(decay, (1 + n) / (10 + n)): CompVis' LitEma. The shadow starts as a copy of the weights; the first update uses 2/11.
    /// </summary>
    public static double LitEma(long update, double decay = 0.9999) => Math.Min(decay, (1.0 + update) / (10 + update));

    /// <summary>
    /// diffusers' EMAModel with s = update - updateAfter - 1: 0 while s &lt;= 0, so that the first update copies the weights; then
    /// (1 + s) / (10 + s), or with warm-up 1 - (1 + s / inverseGamma)^-power; held within smallest and decay.
    /// </summary>
    /// <param name="update">The number of the update, from 1.</param>
    /// <param name="decay">The largest decay.</param>
    /// <param name="smallest">min_decay, once averaging has begun.</param>
    /// <param name="updateAfter">update_after_step.</param>
    /// <param name="warmUp">use_ema_warmup.</param>
    /// <param name="inverseGamma">inv_gamma, 1.</param>
    /// <param name="power">2/3 for long runs (a million updates), 3/4 for shorter ones.</param>
    public static double Diffusers(long update, double decay = 0.9999, double smallest = 0, long updateAfter = 0, bool warmUp = false,
        double inverseGamma = 1, double power = 2.0 / 3)
    {
        long step = Math.Max(0, update - updateAfter - 1);
        if (step == 0) return 0;
        double current = warmUp ? 1 - Math.Pow(1 + step / inverseGamma, -power) : (1.0 + step) / (10 + step);
        return Math.Max(Math.Min(current, decay), smallest);
    }

    /// <summary>0.5^(batch / (half-life)) with the half-life in pictures, shortened to ramp times those seen so far; NVlabs/edm.</summary>
    /// <param name="picturesSeen">Pictures trained on so far.</param>
    /// <param name="batch">Pictures per update.</param>
    /// <param name="halfLife">In pictures, 500,000 there.</param>
    /// <param name="rampUp">0.05 there; null for none.</param>
    public static double HalfLife(double picturesSeen, double batch, double halfLife = 500_000, double? rampUp = 0.05)
    {
        double used = rampUp is { } part ? Math.Min(halfLife, picturesSeen * part) : halfLife;
        return Math.Pow(0.5, batch / Math.Max(used, 1e-8));
    }
}
