namespace Darkroom.Training.Data;

/// <summary>A random square out of each picture: a convolutional autoencoder trained on crops works on whole pictures, at a fraction of the cost.</summary>
/// <param name="pictures">What is cropped.</param>
/// <param name="edge">Edge of the squares; not larger than the pictures.</param>
/// <param name="seed">Decides the places.</param>
public sealed class RandomCrops(ISampleSequence<CaptionedPixels> pictures, int edge, long seed) : ISampleSequence<CaptionedPixels>
{
    /// <inheritdoc/>
    public CaptionedPixels this[long position]
    {
        get
        {
            var whole = pictures[position];
            if (edge > whole.Height || edge > whole.Width)
                throw new DarkroomException(ErrorKind.InvalidRequest, $"A crop of {edge} doesn't fit into a picture of {whole.Width} x {whole.Height}.");
            var random = new SampleRandom((ulong)seed ^ 0xC40FUL, (ulong)position);
            int left = random.Below(whole.Width - edge + 1), top = random.Below(whole.Height - edge + 1);
            var pixels = new float[3 * edge * edge];
            for (int row = 0; row < 3 * edge; row++)
            {
                int from = (row / edge * whole.Height + top + row % edge) * whole.Width + left;
                whole.Pixels.AsSpan(from, edge).CopyTo(pixels.AsSpan(row * edge));
            }
            return new CaptionedPixels(pixels, edge, edge, whole.Caption);
        }
    }
}
