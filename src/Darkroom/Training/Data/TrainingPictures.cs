using Darkroom.Checkpoints;
using Darkroom.Training.Data.Emoji;
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

    /// <summary>Names of the classes; empty where there are none.</summary>
    public IReadOnlyList<string> Classes { get; private init; } = [];

    /// <summary>The scenes that are trained on; null of other data.</summary>
    public SceneSource? TrainingScenes { get; private init; }

    /// <summary>The scenes for evaluation; null of other data.</summary>
    public SceneSource? HeldOutScenes { get; private init; }

    /// <summary>Draws the scenes; null of other data.</summary>
    public ScenePainter? Painter { get; private init; }

    /// <summary>How many different pictures there are for evaluation; null where they never end.</summary>
    public int? HeldOutCount { get; private init; }

    /// <summary>How many different pictures there are to train on; null where they never end.</summary>
    public int? TrainingCount { get; private init; }

    /// <summary>The first pictures for evaluation, none of them twice.</summary>
    public IReadOnlyList<CaptionedPixels> TakeHeldOut(int most) =>
        [.. Enumerable.Range(0, Math.Min(most, HeldOutCount ?? most)).Select(i => HeldOut[i])];

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
            return new(training, new FolderCaptions(training), heldOut, CaptionWords.Of(Enumerable.Range(0, training.Count).Select(i => training.CaptionAt(i))))
            {
                Classes = training.Classes,
                HeldOutCount = heldOut.Count,
                TrainingCount = training.Count,
            };
        }
        if (settings.Kind == DataKind.Emoji)
        {
            var (training, heldOut, classes) = EmojiPictures.Open(settings, seed);
            return new(training, new PictureCaptions(training), heldOut, CaptionWords.Of(training.Labels))
            {
                Classes = classes,
                HeldOutCount = heldOut.Count,
                TrainingCount = training.Count,
            };
        }
        if (settings.Classes != ClassKind.None)
            throw new DarkroomException(ErrorKind.InvalidRequest, "Scenes have no classes; folders and emoji have.", "data.classes");
        var (scenes, painter) = (new SceneSource(seed), new ScenePainter(settings.Path));
        var unseen = new SceneSource(EvaluationSeed, SceneSplit.HeldOut);
        return new(
            new ScenePictures(scenes, painter, settings.Edge), new SceneCaptionSequence(scenes), new ScenePictures(unseen, painter, settings.Edge), SceneWords.All)
        {
            TrainingScenes = scenes,
            HeldOutScenes = unseen,
            Painter = painter,
        };
    }

    /// <summary>The captions alone; scenes need no files for that.</summary>
    public static ISampleSequence<string> OpenCaptions(DataSettings settings, long seed) => settings.Kind == DataKind.Scenes
        ? new SceneCaptionSequence(new SceneSource(seed))
        : Open(settings, seed).Captions;

    private sealed class SceneCaptionSequence(SceneSource scenes) : ISampleSequence<string>
    {
        public string this[long position] => scenes[position].Caption;
    }

    private sealed class PictureCaptions(ISampleSequence<CaptionedPixels> pictures) : ISampleSequence<string>
    {
        public string this[long position] => pictures[position].Caption;
    }

    private sealed class FolderCaptions(PictureFolder folder) : ISampleSequence<string>
    {
        public string this[long position] => folder.CaptionAt(position);
    }
}
