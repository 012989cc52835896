using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>How a checkpoint is written in another layout.</summary>
public sealed record ConversionOptions
{
    /// <summary>The dtype of the networks' floating-point tensors; null keeps each as it is.</summary>
    public ScalarType? Dtype { get; init; }

    /// <summary>Whether an existing single file is replaced. Folders never are.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Writes a tokenizer that the checkpoint does not bring along, given its name (<c>tokenizer</c>, <c>tokenizer_2</c>) and the
    /// folder to write; null leaves it out.
    /// </summary>
    public Action<string, string>? WriteTokenizer { get; init; }

    /// <summary>Told how many bytes of tensors are written.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>Stops between two tensors; nothing is left then.</summary>
    public CancellationToken Cancellation { get; init; }
}
