namespace Darkroom.Evaluation.Features;

/// <summary>Finds the network to measure with.</summary>
internal static class FeatureExtractors
{
    /// <summary>The names of <see cref="InceptionResizing"/> on the command line.</summary>
    public static IReadOnlyList<string> Resizings { get; } = ["pytorch-fid", "torch-fidelity"];

    /// <summary>Inception where its weights are named.</summary>
    /// <param name="inception">The weights of Inception; null if the user has none.</param>
    /// <param name="resizing">One of <see cref="Resizings"/>.</param>
    /// <exception cref="DarkroomException">As of <see cref="InceptionFeatures.Load"/>; InvalidRequest: no network is named.</exception>
    public static IFeatureExtractor Open(string? inception, string resizing) => inception is null
        ? throw new DarkroomException(ErrorKind.InvalidRequest, "Pictures are compared by the features of a network, and none is named.", "--inception",
            "Name the weights that pytorch-fid downloads: pt_inception-2015-12-05-6726825d.pth.")
        : InceptionFeatures.Load(inception, resizing == "pytorch-fid" ? InceptionResizing.PytorchFid : InceptionResizing.TorchFidelity);
}
