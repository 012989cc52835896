namespace Darkroom.Training;

/// <summary>The decay of the moving average after n updates.</summary>
internal static class EmaDecay
{
    /// <param name="settings">The rule.</param>
    /// <param name="updates">n, 1 at the first update.</param>
    public static double At(EmaSettings settings, long updates) => settings.Form switch
    {
        EmaForm.CompVis => Math.Min(settings.Decay, (1.0 + updates) / (10.0 + updates)),
        EmaForm.Power => Math.Min(settings.Decay, 1 - Math.Pow(1 + updates / settings.InverseGamma, -settings.Power)),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Form, "There is no such rule."),
    };
}
