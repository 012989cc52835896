namespace Darkroom.Tests.Golden;

public class GoldenDataTests
{
    // Property: the golden root exists, so that no golden test passes because it found nothing.
    [Fact]
    public void Root_exists() => Assert.True(Directory.Exists(GoldenData.Root), $"{GoldenData.Root} does not exist");
}
