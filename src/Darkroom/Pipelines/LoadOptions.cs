using Darkroom.Runtime;

namespace Darkroom.Pipelines;

/// <summary>How a checkpoint is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>The number format; Auto is bf16 where the processor has fast bf16, else f32.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>A folder with the configurations of a single file whose networks are of unusual shape (laid out as a diffusers folder); null guesses from the weights.</summary>
    public string? ConfigFolder { get; init; }

    /// <summary>Another autoencoder than the checkpoint's: a file or folder; null keeps the checkpoint's.</summary>
    public string? AutoencoderPath { get; init; }

    /// <summary>A scheduler_config.json that is used in place of the checkpoint's; null keeps the checkpoint's.</summary>
    public string? SchedulerConfigPath { get; init; }

    /// <summary>
    /// Pictures of more pixels than this are decoded in tiles (<see cref="Networks.Autoencoders.SeamlessDecoder"/>): less memory, more time. 0 always does, a
    /// very large number never.
    /// </summary>
    public long TileAbovePixels { get; init; } = 1536 * 1536;

    /// <summary>
    /// Keep every network in memory between generations. False gives back the text encoder before sampling and the UNet before decoding, and
    /// loads them again when they are next needed: least memory, for one picture.
    /// </summary>
    public bool KeepLoaded { get; init; } = true;
}
