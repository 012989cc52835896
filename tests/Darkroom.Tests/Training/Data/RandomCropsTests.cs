using Darkroom.Training.Data;

namespace Darkroom.Tests.Training.Data;

public class RandomCropsTests
{
    // Property: a crop is a rectangle of its picture, at a place that depends on seed and position alone.
    [Fact]
    public void Crops_are_parts_of_their_picture()
    {
        var crops = new RandomCrops(new Gradients(), 4, seed: 3);
        var places = new HashSet<(float, float)>();
        for (int i = 0; i < 50; i++)
        {
            var crop = crops[i];
            Assert.Equal(crop.Pixels, crops[i].Pixels);
            places.Add((crop.Pixels[0], crop.Pixels[16]));
            for (int at = 0; at < 16; at++)
            {
                Assert.Equal(crop.Pixels[0] + at % 4, crop.Pixels[at]);
                Assert.Equal(crop.Pixels[16] + at / 4, crop.Pixels[16 + at]);
            }
        }
        Assert.True(places.Count > 10);
    }

    // Property: with several candidates the busy part of a picture is found more often than by chance.
    [Fact]
    public void The_busiest_candidate_is_taken()
    {
        Assert.True(Busy(candidates: 8) > 2 * Busy(candidates: 1));

        static int Busy(int candidates)
        {
            var crops = new RandomCrops(new OneDot(), 4, seed: 3, candidates);
            return Enumerable.Range(0, 200).Count(i => crops[i].Pixels.Any(p => p > 0));
        }
    }

    // Property: a crop that doesn't fit is refused.
    [Fact]
    public void A_crop_larger_than_the_picture_is_refused() =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => new RandomCrops(new OneDot(), 17, seed: 0)[0]).Kind);

    /// <summary>Red is the column, green the row.</summary>
    private sealed class Gradients : ISampleSequence<CaptionedPixels>
    {
        public CaptionedPixels this[long position]
        {
            get
            {
                var pixels = new float[3 * 16 * 16];
                for (int at = 0; at < 256; at++) (pixels[at], pixels[256 + at]) = (at % 16, at / 16);
                return new CaptionedPixels(pixels, 16, 16, "");
            }
        }
    }

    private sealed class OneDot : ISampleSequence<CaptionedPixels>
    {
        public CaptionedPixels this[long position]
        {
            get
            {
                var pixels = new float[3 * 16 * 16];
                pixels[8 * 16 + 8] = 1;
                return new CaptionedPixels(pixels, 16, 16, "");
            }
        }
    }
}
