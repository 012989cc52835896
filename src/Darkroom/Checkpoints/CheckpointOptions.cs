namespace Darkroom.Checkpoints;

/// <summary>How a checkpoint is opened.</summary>
public sealed record CheckpointOptions
{
    /// <summary>
    /// A folder laid out as in diffusers, whose config.json files are used for a single file; its weights are not read. Null takes what
    /// the shapes say.
    /// </summary>
    public string? ConfigFolder { get; init; }

    /// <summary>Whether the averaged weights (EMA) of a training checkpoint are taken instead of the last ones.</summary>
    public bool UseAveragedWeights { get; init; }

    /// <summary>
    /// The variant of a folder's files to prefer, such as <c>fp16</c> for <c>model.fp16.safetensors</c>; null prefers the plain ones.
    /// Where only the other is there, that is taken.
    /// </summary>
    public string? Variant { get; init; }
}
