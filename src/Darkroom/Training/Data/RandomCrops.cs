namespace Darkroom.Training.Data;

/// <summary>
/// A random square out of each picture: a convolutional autoencoder trained on crops works on whole pictures, at a fraction of the cost.
/// Of a few random squares the busiest is taken (that of the largest variance), so that plain background doesn't fill the batches.
/// </summary>
/// <param name="pictures">What is cropped.</param>
/// <param name="edge">Edge of the squares; not larger than the pictures.</param>
/// <param name="seed">Decides the places.</param>
/// <param name="candidates">Squares that are looked at; 1 takes the first.</param>
public sealed class RandomCrops(ISampleSequence<CaptionedPixels> pictures, int edge, long seed, int candidates = 1) : ISampleSequence<CaptionedPixels>
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
            float[] best = Cut(whole, ref random);
            for (int other = 1; other < candidates; other++)
            {
                float[] next = Cut(whole, ref random);
                if (Variance(next) > Variance(best)) best = next;
            }
            return new CaptionedPixels(best, edge, edge, whole.Caption);
        }
    }

    private float[] Cut(CaptionedPixels whole, ref SampleRandom random)
    {
        int left = random.Below(whole.Width - edge + 1), top = random.Below(whole.Height - edge + 1);
        var pixels = new float[3 * edge * edge];
        for (int row = 0; row < 3 * edge; row++)
        {
            int from = (row / edge * whole.Height + top + row % edge) * whole.Width + left;
            whole.Pixels.AsSpan(from, edge).CopyTo(pixels.AsSpan(row * edge));
        }
        return pixels;
    }

    /// <summary>Variance of the pixels about their channel's mean, summed over the channels.</summary>
    private static double Variance(float[] pixels)
    {
        double variance = 0;
        foreach (var channel in pixels.Chunk(pixels.Length / 3))
        {
            double sum = 0, squares = 0;
            foreach (float value in channel)
            {
                sum += value;
                squares += value * value;
            }
            variance += squares / channel.Length - Math.Pow(sum / channel.Length, 2);
        }
        return variance;
    }
}
