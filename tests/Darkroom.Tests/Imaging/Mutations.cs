using CsCheck;

namespace Darkroom.Tests.Imaging;

/// <summary>Damaged copies of files: bytes changed, pieces cut out, doubled or cut off.</summary>
internal static class Mutations
{
    public static Gen<byte[]> Of(byte[][] files) =>
        from file in Gen.Int[0, files.Length - 1].Select(i => files[i])
        from changes in Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte, Gen.Int[0, 5], Gen.Int[0, 40]).Array[1, 4]
        select changes.Aggregate(file, Apply);

    private static byte[] Apply(byte[] file, (int At, byte Value, int Kind, int Length) change)
    {
        int at = Math.Min(change.At, file.Length), end = Math.Min(at + change.Length, file.Length);
        switch (change.Kind)
        {
            case 0:
                return [.. file[..at], .. file[end..]];
            case 1:
                return [.. file[..end], .. file[at..]];
            case 2:
                return file[..at];
            default:
                byte[] copy = [.. file];
                if (at < copy.Length) copy[at] = change.Value;
                return copy;
        }
    }
}
