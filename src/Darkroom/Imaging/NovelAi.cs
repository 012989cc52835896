using System.Text.Json;

namespace Darkroom.Imaging;

/// <summary>NovelAI keeps its settings as JSON in the text "Comment" of a PNG; here they become infotext.</summary>
internal static class NovelAi
{
    /// <summary>Infotext as A1111 makes it (its numbers kept as they are written), or null where the picture is not NovelAI's.</summary>
    internal static string? Parameters(IDictionary<string, string> items, (int Width, int Height) size)
    {
        if (!items.TryGetValue("Software", out string? software) || software != "NovelAI") return null;
        if (!items.TryGetValue("Comment", out string? comment)) return null;
        try
        {
            using var document = JsonDocument.Parse(comment);
            var settings = document.RootElement;
            if (settings.ValueKind != JsonValueKind.Object) return null;
            items.TryGetValue("Description", out string? prompt);
            return $"{prompt}\nNegative prompt: {settings.GetProperty("uc").GetString()}\n"
                + $"Steps: {settings.GetProperty("steps").GetRawText()}, Sampler: {Sampler(settings.GetProperty("sampler").GetString())}, "
                + $"CFG scale: {settings.GetProperty("scale").GetRawText()}, Seed: {settings.GetProperty("seed").GetRawText()}, "
                + $"Size: {size.Width}x{size.Height}, Clip skip: 2, ENSD: 31337";
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // the items themselves are still given
        }
    }

    private static string Sampler(string? name) => name switch
    {
        "k_euler" => "Euler",
        "k_lms" => "LMS",
        "k_heun" => "Heun",
        "k_dpm_2" => "DPM2",
        "k_dpm_2_ancestral" => "DPM2 a",
        "k_dpmpp_2s_ancestral" => "DPM++ 2S a",
        "k_dpmpp_2m" => "DPM++ 2M",
        "k_dpmpp_sde" => "DPM++ SDE",
        "k_dpmpp_2m_sde" => "DPM++ 2M SDE",
        "ddim" or "ddim_v3" => "DDIM",
        "plms" => "PLMS",
        _ => "Euler a",
    };
}
