namespace Darkroom.Evaluation.Features;

/// <summary>Finds the network to measure with.</summary>
internal static class FeatureExtractors
{
    /// <summary>The names of <see cref="InceptionResizing"/> on the command line.</summary>
    public static IReadOnlyList<string> Resizings { get; } = ["pytorch-fid", "torch-fidelity"];

    /// <summary>Inception where its weights are named, or a classifier where its folder is.</summary>
    /// <param name="inception">The weights of Inception; null if the user has none.</param>
    /// <param name="resizing">One of <see cref="Resizings"/>.</param>
    /// <param name="classifier">A classifier's folder; null for none.</param>
    /// <exception cref="DarkroomException">As of <see cref="InceptionFeatures.Load"/>; InvalidRequest: no network is named.</exception>
    public static IFeatureExtractor Open(string? inception, string resizing, string? classifier = null) => (inception, classifier) switch
    {
        (null, null) => throw new DarkroomException(ErrorKind.InvalidRequest, "Pictures are compared by the features of a network, and none is named.", "--inception",
            "Name the weights that pytorch-fid downloads, pt_inception-2015-12-05-6726825d.pth, or a classifier of darkroom train classifier with --classifier."),
        (not null, not null) => throw new DarkroomException(ErrorKind.InvalidRequest, "Two networks are named; features are of one.", "--classifier", "Leave out --inception or --classifier."),
        (null, _) => ClassifierFeatures.Load(classifier),
        _ => InceptionFeatures.Load(inception, resizing == "pytorch-fid" ? InceptionResizing.PytorchFid : InceptionResizing.TorchFidelity),
    };
}
