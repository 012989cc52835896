namespace Darkroom.Schedules;

/// <summary>The ten-step schedules that Sabour et al. 2024 (Align Your Steps, arXiv:2404.14507) optimised, per model family.</summary>
internal static class AlignYourStepsTable
{
    /// <summary>Eleven noise levels with all digits, as ComfyUI carries them.</summary>
    public static double[] Precise(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusion =>
            [14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092, 0.9642583904, 0.6523686016, 0.3977456272, 0.1515232662, 0.0291671582],
        ModelFamily.StableDiffusionXL =>
            [14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289, 0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582],
        _ => [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
    };

    /// <summary>The eleven noise levels as the authors published them, to three digits; diffusers and A1111 carry these.</summary>
    public static double[] Published(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusion => [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
        ModelFamily.StableDiffusionXL => [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029],
        _ => Precise(family),
    };

    /// <summary>The ten timesteps for samplers on integer timesteps; null for the video model, which has none.</summary>
    public static IReadOnlyList<int>? Timesteps(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusion => [999, 850, 736, 645, 545, 455, 343, 233, 124, 24],
        ModelFamily.StableDiffusionXL => [999, 845, 730, 587, 443, 310, 193, 116, 53, 13],
        _ => null,
    };

    /// <summary>The table itself where it has that many points, else log sigma interpolated linearly over its length.</summary>
    public static double[] LogLinear(double[] table, int points)
    {
        if (points == table.Length) return table;
        double[] logs = [.. table.Select(sigma => Math.Log(sigma))];
        return [.. Grid.Linspace(0, table.Length - 1, points).Select(x => Math.Exp(Grid.Interpolate(logs, x)))];
    }
}
