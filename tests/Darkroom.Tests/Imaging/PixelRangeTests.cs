using Darkroom.Imaging;

namespace Darkroom.Tests.Imaging;

public class PixelRangeTests
{
    // Property: every byte survives the way to [-1, 1] and back, and the ends are exact.
    [Fact]
    public void Bytes_survive()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)], back = new byte[256];
        var unit = new float[256];
        PixelRange.ToUnit(all, unit);
        PixelRange.ToPixels(unit, back);
        Assert.Equal(all, back);
        Assert.Equal((-1f, 1f), (unit[0], unit[255]));
    }

    // Property: values out of range are clamped, halves go to the even byte, NaN to 0.
    [Fact]
    public void Values_are_clamped_and_rounded_to_even()
    {
        float[] values = [-2, 2, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0.0039215684f * 126];
        var pixels = new byte[values.Length];
        PixelRange.ToPixels(values, pixels);
        Assert.Equal(new byte[] { 0, 255, 0, 255, 0, 128 }, pixels[..6]);
        Assert.InRange(pixels[6], 64, 65);
    }
}
