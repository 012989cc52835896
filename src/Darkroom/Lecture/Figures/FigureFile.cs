using System.IO.Compression;
using Darkroom.Imaging;
using Darkroom.Runtime;

namespace Darkroom.Lecture.Figures;

/// <summary>Writes figures as PNG with a palette of at most 256 colours, a third of the size that they would have otherwise.</summary>
/// <remarks>W3C PNG, third edition, colour type 3. Where there are more colours, the commonest of each cell of 8 x 8 x 8 stands for it, and rare cells take the nearest.</remarks>
internal static class FigureFile
{
    private const int MostColours = 256;

    /// <summary>Writes a file, replacing one of the same name.</summary>
    /// <param name="figure">RGB.</param>
    /// <param name="path">Ends in .png.</param>
    /// <exception cref="DarkroomException">InvalidRequest: another extension. OutputFailed.</exception>
    public static void Save(Picture figure, string path)
    {
        CheckName(path);
        byte[] file = Encode(figure);
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(file));
    }

    /// <summary>Refuses other names than *.png, before work is done for them.</summary>
    /// <exception cref="DarkroomException">InvalidRequest.</exception>
    public static void CheckName(string path)
    {
        if (!Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase))
            throw new DarkroomException(ErrorKind.InvalidRequest, "Figures are PNG files.", path, "Name a file that ends in .png.");
    }

    /// <summary>The bytes of the file.</summary>
    public static byte[] Encode(Picture figure)
    {
        int[] pixels = [.. Enumerable.Range(0, figure.Width * figure.Height).Select(i => figure.Pixels[3 * i] << 16 | figure.Pixels[3 * i + 1] << 8 | figure.Pixels[3 * i + 2])];
        var counts = pixels.CountBy(colour => colour).ToDictionary();
        int[] palette = Choose(counts);
        var indices = counts.Keys.ToDictionary(colour => colour, colour => (byte)Nearest(palette, colour));
        using var stream = new MemoryStream();
        stream.Write(PngChunks.Signature);
        PngChunks.Write(stream, "IHDR"u8, [.. BigEndian(figure.Width), .. BigEndian(figure.Height), 8, 3, 0, 0, 0]);
        PngChunks.Write(stream, "PLTE"u8, [.. palette.SelectMany(c => BigEndian(c)[1..])]);
        PngChunks.Write(stream, "IDAT"u8, Compress(figure, pixels, indices));
        PngChunks.Write(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    private static int[] Choose(Dictionary<int, int> counts)
    {
        if (counts.Count <= MostColours) return [.. counts.Keys.Order()];
        var cells = counts.GroupBy(c => c.Key & 0xF8F8F8).Select(cell => (Count: cell.Sum(c => c.Value), Colour: cell.MaxBy(c => (c.Value, c.Key)).Key));
        return [.. cells.OrderByDescending(c => (c.Count, c.Colour)).Take(MostColours).Select(c => c.Colour).Order()];
    }

    private static int Nearest(int[] palette, int colour)
    {
        int best = 0, least = int.MaxValue;
        for (int i = 0; i < palette.Length; i++)
        {
            int distance = Square(16) + Square(8) + Square(0);
            if (distance < least) (best, least) = (i, distance);

            int Square(int shift)
            {
                int difference = (palette[i] >> shift & 255) - (colour >> shift & 255);
                return difference * difference;
            }
        }
        return best;
    }

    /// <summary>Rows of indices, each after a 0 for "unfiltered".</summary>
    private static byte[] Compress(Picture figure, int[] pixels, Dictionary<int, byte> indices)
    {
        using var bytes = new MemoryStream();
        using (var compressed = new ZLibStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int row = 0; row < figure.Height; row++)
                compressed.Write([0, .. pixels.AsSpan(row * figure.Width, figure.Width).ToArray().Select(colour => indices[colour])]);
        }
        return bytes.ToArray();
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
