using System.Text.Json;

namespace Darkroom.Checkpoints;

/// <summary>One network of a checkpoint.</summary>
/// <param name="Name">As in a diffusers folder: <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>text_encoder_2</c>.</param>
/// <param name="Config">Its upstream config.json: the folder's, or made from the shapes of a single file.</param>
/// <param name="Tensors">Its weights, keyed as in the diffusers layout. They belong to the checkpoint; don't use them after it.</param>
public sealed record CheckpointComponent(string Name, JsonElement Config, ITensorSource Tensors)
{
    /// <summary>How many numbers its weights have.</summary>
    public long Parameters => Tensors.Tensors.Values.Sum(t => t.Count);

    /// <summary>How many bytes they take as stored.</summary>
    public long Bytes => Tensors.Tensors.Values.Sum(t => t.Bytes);
}
