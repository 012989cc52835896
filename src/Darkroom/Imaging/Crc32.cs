namespace Darkroom.Imaging;

/// <summary>The CRC-32 of PNG (ISO 3309, polynomial 0xEDB88320 reflected).</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int bit = 0; bit < 8; bit++) c = (c >> 1) ^ ((c & 1) * 0xEDB88320u);
        return c;
    })];

    /// <summary>The checksum of bytes that follow others whose checksum was <paramref name="before"/>.</summary>
    internal static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        uint c = ~before;
        foreach (byte b in bytes) c = Table[(byte)(c ^ b)] ^ (c >> 8);
        return ~c;
    }
}
