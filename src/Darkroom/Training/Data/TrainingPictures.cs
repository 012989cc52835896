using Darkroom.Checkpoints;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Training.Data;

/// <summary>A data set, opened: pictures to train on, their captions alone, and pictures for evaluation.</summary>
/// <param name="Training">To train on.</param>
/// <param name="Captions">The words of the training pictures, by the same numbers, without drawing or decoding anything.</param>
/// <param name="HeldOut">For evaluation.</param>
/// <param name="Words">The words of the captions, for the model; null where there are none.</param>
internal sealed record TrainingPictures(
    ISampleSequence<CaptionedPixels> Training, ISampleSequence<string> Captions, ISampleSequence<CaptionedPixels> HeldOut, ModelWords? Words)
{
    private const long EvaluationSeed = 1_000_003;

    /// <summary>Opens a data set.</summary>
    /// <param name="settings">Which.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="warn">Told of pictures that can't be read; may be null.</param>
    public static TrainingPictures Open(DataSettings settings, long seed, Action<Problem>? warn = null)
    {
        if (settings.Edge is < 8 or > 4096) throw new DarkroomException(ErrorKind.InvalidRequest, "It must be from 8 to 4096.", "data.edge");
        if (settings.Kind == DataKind.Folder)
        {
            var (training, heldOut) = PictureFolder.Open(settings, seed, warn);
            return new(training, new FolderCaptions(training), heldOut, CaptionWords.Of(Enumerable.Range(0, training.Count).Select(i => training.CaptionAt(i))));
        }
        var (scenes, painter) = (new SceneSource(seed), new ScenePainter(settings.Path));
        var unseen = new SceneSource(EvaluationSeed, SceneSplit.HeldOut);
        return new(
            new ScenePictures(scenes, painter, settings.Edge), new SceneCaptionSequence(scenes), new ScenePictures(unseen, painter, settings.Edge), SceneWords.All);
    }

    /// <summary>The captions alone; scenes need no files for that.</summary>
    public static ISampleSequence<string> OpenCaptions(DataSettings settings, long seed) => settings.Kind == DataKind.Scenes
        ? new SceneCaptionSequence(new SceneSource(seed))
        : Open(settings, seed).Captions;

    private sealed class SceneCaptionSequence(SceneSource scenes) : ISampleSequence<string>
    {
        public string this[long position] => scenes[position].Caption;
    }

    private sealed class FolderCaptions(PictureFolder folder) : ISampleSequence<string>
    {
        public string this[long position] => folder.CaptionAt(position);
    }
}
