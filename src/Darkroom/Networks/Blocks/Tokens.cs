using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>A picture [B, C, H, W] read row by row as tokens [B, H W, C]; a view where the picture is channels-last.</summary>
internal static class Tokens
{
    public static Tensor FromPicture(Tensor picture)
    {
        using var last = picture.permute(0, 2, 3, 1);
        return last.reshape(picture.shape[0], picture.shape[2] * picture.shape[3], picture.shape[1]);
    }

    /// <summary>Back to the height and width of <paramref name="like"/>, channels-last.</summary>
    public static Tensor ToPicture(Tensor tokens, Tensor like)
    {
        using var rows = tokens.reshape(tokens.shape[0], like.shape[2], like.shape[3], tokens.shape[2]);
        return rows.permute(0, 3, 1, 2);
    }
}
