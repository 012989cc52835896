using Darkroom.Training.Data.Scenes;

namespace Darkroom.Training.Data;

/// <summary>Opens data sets.</summary>
internal static class TrainingPictures
{
    private const long EvaluationSeed = 1_000_003;

    /// <summary>The pictures to train on, and others for evaluation.</summary>
    public static (ISampleSequence<CaptionedPixels> Training, ISampleSequence<CaptionedPixels> HeldOut) Open(DataSettings settings, long seed)
    {
        if (settings.Edge is < 8 or > 4096) throw new DarkroomException(ErrorKind.InvalidRequest, "It must be from 8 to 4096.", "data.edge");
        switch (settings.Kind)
        {
            case DataKind.Scenes:
                var painter = new ScenePainter(settings.Path);
                return (new ScenePictures(new SceneSource(seed), painter, settings.Edge),
                    new ScenePictures(new SceneSource(EvaluationSeed, SceneSplit.HeldOut), painter, settings.Edge));
            default:
                throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no data set of kind {settings.Kind}.", "data.kind");
        }
    }

    /// <summary>The captions of the training pictures alone, without drawing or decoding anything.</summary>
    public static ISampleSequence<string> OpenCaptions(DataSettings settings, long seed) => settings.Kind switch
    {
        DataKind.Scenes => new SceneCaptionSequence(new SceneSource(seed)),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no data set of kind {settings.Kind}.", "data.kind"),
    };

    private sealed class SceneCaptionSequence(SceneSource scenes) : ISampleSequence<string>
    {
        public string this[long position] => scenes[position].Caption;
    }
}
