using Darkroom.Runtime;

namespace Darkroom.Evaluation.Features;

/// <summary>Finds the network to measure with.</summary>
internal static class FeatureExtractors
{
    /// <summary>The names of <see cref="InceptionResizing"/> on the command line.</summary>
    public static IReadOnlyList<string> Resizings { get; } = ["pytorch-fid", "torch-fidelity"];

    /// <summary>The network that is named: Inception, a classifier, or a judge of scenes; where none is, the judge that comes with Darkroom.</summary>
    /// <param name="inception">The weights of Inception, or null.</param>
    /// <param name="resizing">One of <see cref="Resizings"/>.</param>
    /// <param name="classifier">A classifier's folder, or null.</param>
    /// <param name="judges">A folder of judges, or null.</param>
    /// <exception cref="DarkroomException">As of the networks' loading; InvalidRequest: several are named; NotFound: there is none.</exception>
    public static IFeatureExtractor Open(string? inception, string resizing, string? classifier, string? judges)
    {
        if (new[] { inception, classifier, judges }.Count(named => named is not null) > 1)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, "Several networks are named; features are of one.", "--inception, --classifier, --judges",
                "Leave all out but one.");
        }
        if (inception is not null)
            return InceptionFeatures.Load(inception, resizing == Resizings[0] ? InceptionResizing.PytorchFid : InceptionResizing.TorchFidelity);
        if (classifier is not null) return ClassifierFeatures.Load(classifier);
        return SceneJudgeFeatures.Load(judges ?? ShippedFolder.Find("models/scene-judges", "README.md")
            ?? throw new DarkroomException(ErrorKind.NotFound, "Pictures are compared by the features of a network; none is named, and the judges of Darkroom are not here.", null,
                "Name with --inception the weights that pytorch-fid downloads (pt_inception-2015-12-05-6726825d.pth), or a classifier of darkroom train classifier with --classifier."));
    }
}
