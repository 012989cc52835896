using Darkroom.Training.Data;

namespace Darkroom.Evaluation.Likelihood;

/// <summary>Pictures that are measured: of a folder of files, or of the emoji.</summary>
internal static class EvaluationPictures
{
    private const double EmojiHoldOut = 0.05;

    /// <summary>Opens and prepares them as a training does: short side to the edge, the square in the middle, transparency on white.</summary>
    /// <param name="folder">Of picture files, or of the emoji, which has an index.json.</param>
    /// <param name="edge">Of the model's pictures.</param>
    /// <param name="holdOut">The share that is held out and measured; 0 for all pictures, null for the usual one.</param>
    /// <param name="seed">Which pictures of a folder are held out.</param>
    /// <param name="most">How many at most.</param>
    /// <exception cref="DarkroomException">No pictures there, or one that can't be read.</exception>
    public static IReadOnlyList<CaptionedPixels> Open(string folder, int edge, double? holdOut, long seed, int most)
    {
        bool emoji = File.Exists(Path.Combine(folder, "index.json"));
        double share = holdOut ?? (emoji ? EmojiHoldOut : 0);
        var settings = new DataSettings { Kind = emoji ? DataKind.Emoji : DataKind.Folder, Path = folder, Edge = edge, HoldOut = share };
        var problems = new List<Problem>();
        var opened = TrainingPictures.Open(settings, seed, problems.Add);
        var pictures = opened.TakeHeldOut(most);
        return problems.Count == 0 ? pictures : throw new DarkroomException(ErrorKind.BadFile, problems);
    }
}
