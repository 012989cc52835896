using Darkroom.Imaging;
using Darkroom.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>What is trained, and how wrong it is on a batch: all that the loop knows of a model.</summary>
/// <typeparam name="TSample">One sample of the data set.</typeparam>
public interface ITrainingTask<in TSample>
{
    /// <summary>The weights that are trained, with names that stay the same between runs ("unet.conv_in.weight"). They stay the task's.</summary>
    IEnumerable<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>The networks by name, searched layer by layer when a number is not finite.</summary>
    IEnumerable<(string Name, nn.Module Network)> Networks { get; }

    /// <summary>The loss of a batch: a float32 scalar with its graph, the mean over the samples. It belongs to the caller's dispose scope.</summary>
    /// <param name="batch">The samples.</param>
    /// <param name="random">All randomness is drawn here, in a fixed order.</param>
    Tensor Loss(IReadOnlyList<TSample> batch, TorchGenerator random);

    /// <summary>
    /// What the task remembers from step to step besides weights, by name: stored in checkpoints and put back on resuming. None by default; shapes and dtypes
    /// must not change during a training. The tensors belong to the caller's dispose scope.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> SaveState() => new Dictionary<string, Tensor>();

    /// <summary>Puts back what <see cref="SaveState"/> gave.</summary>
    /// <param name="state">The same names and shapes.</param>
    void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
    }

    /// <summary>Measures of quality on data that isn't trained on, by name ("psnr"); called with the averaged weights in place. May be empty.</summary>
    IReadOnlyDictionary<string, double> Evaluate();

    /// <summary>A sheet of samples; called with the averaged weights in place. Null where there is nothing to see.</summary>
    Picture? DrawSamples();

    /// <summary>Writes the model, ready for use; called with the averaged weights in place.</summary>
    /// <param name="folder">Where; files of the same names are replaced.</param>
    /// <param name="weights">The averaged weights in float32 by the names of <see cref="Weights"/>: the network's own may be rounded to the precision of the computation.</param>
    void Export(string folder, IReadOnlyDictionary<string, Tensor> weights);
}
