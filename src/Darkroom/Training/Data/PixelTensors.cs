using static TorchSharp.torch;

namespace Darkroom.Training.Data;

/// <summary>Puts pictures of a batch into one tensor.</summary>
internal static class PixelTensors
{
    /// <summary>[B, 3, H, W] float32 in [-1, 1]; the caller owns it.</summary>
    /// <exception cref="DarkroomException">The pictures have several sizes.</exception>
    public static Tensor Stack(IReadOnlyList<CaptionedPixels> batch)
    {
        var first = batch[0];
        var all = new float[batch.Count * first.Pixels.Length];
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch[i].Height != first.Height || batch[i].Width != first.Width)
                throw new DarkroomException(ErrorKind.InvalidRequest, "The pictures of a batch must have one size.");
            batch[i].Pixels.CopyTo(all, i * first.Pixels.Length);
        }
        return tensor(all, [batch.Count, 3, first.Height, first.Width]);
    }
}
