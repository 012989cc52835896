using Darkroom.Checkpoints;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>The latents of finished pictures as a file.</summary>
public static class LatentsFile
{
    /// <summary>The one key of the file.</summary>
    public const string Key = "latents";

    /// <summary>Writes what the decoder was given: float32, [B, C, h, w], picture after picture.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <param name="pictures">At least one; of one size.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <exception cref="DarkroomException">OutputFailed.</exception>
    public static void Write(string path, IReadOnlyList<GeneratedPicture> pictures, bool overwrite = false)
    {
        using var scope = NewDisposeScope();
        var latents = cat([.. pictures.Select(p => tensor(p.Latents.ToArray(), [.. p.LatentShape]))]);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { [Key] = latents }, overwrite: overwrite);
    }
}
