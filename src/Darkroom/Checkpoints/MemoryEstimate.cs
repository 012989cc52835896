using System.Text.Json;

namespace Darkroom.Checkpoints;

/// <summary>About how much memory a picture takes, from the sizes of a model.</summary>
/// <remarks>
/// The weights in the precision that is computed in, once, and what the networks need at work: multiples of the widest feature map,
/// measured as growth of resident memory with SD1.5's
/// networks (512x512 and 768x512, bf16 and f32: predicted within 1 %).
/// </remarks>
internal static class MemoryEstimate
{
    private const long ProgramBytes = 150L << 20;

    /// <summary>What stays allocated after a UNet call, in feature maps of its first level.</summary>
    private const int UnetMaps = 42;

    /// <summary>What decoding needs, in full-size feature maps of the autoencoder's first level.</summary>
    private const int DecoderMaps = 12;

    /// <param name="checkpoint">A whole model.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="elementSize">Bytes of a number computed with.</param>
    /// <returns>Bytes; null where it has no UNet or no autoencoder.</returns>
    public static long? PeakBytes(Checkpoint checkpoint, int width, int height, int elementSize)
    {
        if (!checkpoint.Components.TryGetValue("unet", out var unet) || !checkpoint.Components.TryGetValue("vae", out var vae)) return null;
        if (FirstChannels(unet.Config) is not { } unetChannels || FirstChannels(vae.Config) is not { } vaeChannels
            || Levels(vae.Config) is not { } levels) return null;
        long weights = checkpoint.Components.Values.Sum(c => c.Parameters) * elementSize;
        long pixels = (long)width * height, latents = pixels >> (2 * (levels - 1));
        const int Guided = 2; // with and without the prompt
        long unetBytes = Guided * UnetMaps * latents * unetChannels * elementSize;
        long decoderBytes = DecoderMaps * pixels * vaeChannels * elementSize;
        return ProgramBytes + weights + unetBytes + decoderBytes;
    }

    /// <summary>Pixels of a side of the pictures that a model was trained on.</summary>
    public static int? Side(Checkpoint checkpoint) =>
        checkpoint.Components.TryGetValue("unet", out var unet) && checkpoint.Components.TryGetValue("vae", out var vae)
            && Levels(vae.Config) is { } levels
        ? (unet.Config.Integer("sample_size") ?? 64) << (levels - 1) : null;

    private static int? FirstChannels(JsonElement config) => Channels(config) is { } channels && channels.GetArrayLength() > 0
        && channels[0].TryGetInt32(out int first) ? first : null;

    private static int? Levels(JsonElement config) => Channels(config)?.GetArrayLength() is { } levels and > 0 and <= 8 ? levels : null;

    private static JsonElement? Channels(JsonElement config) =>
        config.TryGetProperty("block_out_channels", out var channels) && channels.ValueKind == JsonValueKind.Array
            && channels.EnumerateArray().All(c => c.ValueKind == JsonValueKind.Number) ? channels : null;
}
