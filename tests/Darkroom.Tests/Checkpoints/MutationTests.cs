using System.Diagnostics;
using CsCheck;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>
/// Valid files with a few bytes changed, cut, doubled or moved: each loads or is refused, quickly and in little memory, and never in
/// another way.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private const string Seed = "0000KOIKKeo5";

    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-mutation-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: no mutation of a valid file crashes, hangs or takes more than 200 MB; a fresh selection each time.
    [Theory]
    [InlineData("models/errors/ok.safetensors")]
    [InlineData("models/errors/ok.ckpt")]
    [InlineData("models/errors/ok_legacy.ckpt")]
    [InlineData("models/errors/views.ckpt")]
    public void A_few_mutations(string golden) => Check(golden, 500, seed: null);

    // Property: the same for ten thousand mutations of each, always the same ones.
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("models/errors/ok.safetensors")]
    [InlineData("models/errors/dtypes.safetensors")]
    [InlineData("models/errors/ok.ckpt")]
    [InlineData("models/errors/ok_legacy.ckpt")]
    [InlineData("models/errors/views.ckpt")]
    [InlineData("models/adapters/ti_a1111.pt")]
    public void Ten_thousand_mutations(string golden) => Check(golden, 10_000, Seed);

    private void Check(string golden, int count, string? seed)
    {
        byte[] valid = File.ReadAllBytes(GoldenData.PathOf(golden));
        string path = Path.Combine(_folder, $"x{Path.GetExtension(golden)}");
        Mutation(valid).Sample(mutated =>
        {
            File.WriteAllBytes(path, mutated);
            long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var scope = NewDisposeScope();
                using ITensorSource source = Path.GetExtension(path) == ".safetensors" ? SafetensorsFile.Open(path) : TorchFile.Open(path);
                foreach (var info in source.Tensors.Values)
                {
                    Assert.True(info.Bytes <= 8 * mutated.Length + (1 << 20), $"{info.Name} of {info.Bytes} bytes in a file of {mutated.Length}");
                    Assert.Equal(info.Shape, source.Read(info.Name).shape);
                }
            }
            catch (DarkroomException error)
            {
                Assert.Equal(ErrorKind.BadFile, error.Kind);
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200 << 20);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        }, iter: count, threads: 1, seed: seed);
    }

    /// <summary>
    /// One to four changes at random places: a byte, a special byte, a run of bytes moved, doubled or left out, the end cut off, text
    /// appended.
    /// </summary>
    private static Gen<byte[]> Mutation(byte[] valid)
    {
        var change = Gen.Select(Gen.Int[0, 6], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0, 64], Gen.Byte);
        return change.Array[1, 4].Select(changes =>
        {
            byte[] bytes = [.. valid];
            foreach (var (kind, first, second, length, value) in changes)
            {
                if (bytes.Length == 0) break;
                int at = (int)(first * (bytes.Length - 1)), to = (int)(second * (bytes.Length - 1)),
                    run = Math.Min(length, bytes.Length - Math.Max(at, to));
                switch (kind)
                {
                    case 0: bytes[at] = value; break;
                    case 1: bytes[at] ^= (byte)(1 << (value & 7)); break;
                    case 2: bytes[at] = value % 2 == 0 ? (byte)0xFF : (byte)0; break;
                    case 3: bytes.AsSpan(at, run).ToArray().CopyTo(bytes.AsSpan(to)); break;
                    case 4: bytes = [.. bytes[..at], .. bytes[(at + run)..]]; break;
                    case 5: bytes = [.. bytes[..(at + run)], .. bytes[at..]]; break;
                    default: bytes = value % 2 == 0 ? bytes[..at] : [.. bytes, .. bytes[..run]]; break;
                }
            }
            return bytes;
        });
    }
}
