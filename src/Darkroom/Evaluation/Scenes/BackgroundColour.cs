using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Scenes;

/// <summary>Names the background of a picture, without learning: the nearest named colour to the median of its border, channel by channel.</summary>
internal static class BackgroundColour
{
    private const int Border = 2;

    /// <summary>Indices in <see cref="SceneVocabulary.Colours"/>.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1]; not disposed.</param>
    public static IReadOnlyList<int> Of(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        long height = pictures.shape[2], width = pictures.shape[3];
        Tensor[] sides =
        [
            pictures.narrow(2, 0, Border), pictures.narrow(2, height - Border, Border),
            pictures.narrow(3, 0, Border), pictures.narrow(3, width - Border, Border),
        ];
        var border = cat([.. sides.Select(side => side.flatten(2))], dim: 2).to_type(ScalarType.Float32);      // [B, 3, pixels]
        var median = border.kthvalue(border.shape[2] / 2, 2).values;                                            // [B, 3]
        var named = tensor(SceneVocabulary.Colours.SelectMany(c => new[] { c.Red, c.Green, c.Blue }).Select(v => v / 127.5f - 1).ToArray(),
            [SceneVocabulary.Colours.Count, 3]);
        var distances = (median.unsqueeze(1) - named.unsqueeze(0)).square().sum(-1);
        return [.. distances.argmin(1).data<long>().ToArray().Select(i => (int)i)];
    }
}
