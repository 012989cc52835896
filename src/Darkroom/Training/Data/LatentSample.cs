using static TorchSharp.torch;

namespace Darkroom.Training.Data;

/// <summary>A picture encoded once, with its words as tokens or as a context computed before.</summary>
/// <param name="Values">[Channels, Height, Width], scaled as the denoiser sees them.</param>
/// <param name="Channels">Channels of the latents.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Numbers in a row.</param>
/// <param name="Tokens">A row of ids with start, end and padding.</param>
public sealed record LatentSample(float[] Values, int Channels, int Height, int Width, IReadOnlyList<int> Tokens)
{
    /// <summary>Where the things are that its words name; empty where that isn't known.</summary>
    internal IReadOnlyList<WordRegion> Regions { get; init; } = [];

    /// <summary>A sample of a latent.</summary>
    /// <param name="latent">[Channels, Height, Width], float32; stays the caller's.</param>
    /// <param name="tokens">A row of ids.</param>
    internal static LatentSample Of(Tensor latent, IReadOnlyList<int> tokens)
    {
        using var values = latent.contiguous();
        return new([.. values.data<float>()], (int)latent.shape[0], (int)latent.shape[1], (int)latent.shape[2], tokens);
    }
}
