using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Makes the network's context of the words of a batch.</summary>
public interface ITextConditioner
{
    /// <summary>Weights that are trained together with the network; may be none.</summary>
    IEnumerable<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Networks by name; may be none.</summary>
    IEnumerable<(string Name, nn.Module Network)> Networks { get; }

    /// <summary>[B, M, width], of the caller's dispose scope.</summary>
    /// <param name="batch">The samples.</param>
    /// <param name="dropped">Which of them are to be trained without their words, for classifier-free guidance.</param>
    Tensor Context(IReadOnlyList<LatentSample> batch, IReadOnlyList<bool> dropped);
}
