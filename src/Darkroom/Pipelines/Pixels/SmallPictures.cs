using System.Text.Json;
using Darkroom.Networks.Unet;

namespace Darkroom.Pipelines.Pixels;

/// <summary>What a super-resolution model was trained to make larger; in model_index.json as <c>low_resolution</c>.</summary>
/// <param name="Edge">Width and height of the small pictures.</param>
/// <param name="LargestNoise">The largest timestep that they were noised to.</param>
internal sealed record SmallPictures(int Edge, int LargestNoise)
{
    /// <summary>Of a model; null for one that begins with noise alone.</summary>
    /// <exception cref="DarkroomException">ModelMismatch: the network takes other channels than pictures.</exception>
    public static SmallPictures? Read(JsonElement? index, UnetConfig config)
    {
        if (index is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("low_resolution", out var low) && low.ValueKind == JsonValueKind.Object
            && low.TryGetProperty("edge", out var edge) && edge.TryGetInt32(out int pixels) && pixels > 0
            && low.TryGetProperty("largest_noise", out var noise) && noise.TryGetInt32(out int largest) && largest >= 0 && config.InChannels == 6)
            return new(pixels, largest);
        return config.InChannels == 3 ? null : throw new DarkroomException(ErrorKind.ModelMismatch,
            $"The network takes {config.InChannels} channels; pictures have 3, and with the small picture of a super-resolution model (low_resolution in model_index.json) 6.", "unet/config.json");
    }
}
