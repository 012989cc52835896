using System.IO.Compression;
using System.Text;
using Darkroom.Evaluation.Metrics;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Evaluation.Statistics;

public sealed class StatisticsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "statistics.npz");

    public void Dispose() => _folder.Dispose();

    // Property: what is written is read back bit for bit, and the same numbers give the same bytes.
    [Fact]
    public void Statistics_round_trip()
    {
        var statistics = new FeatureStatistics([1.0 / 3, -2e-300], [Math.PI, 1e-17, 1e-17, 3]);
        statistics.Save(FilePath);
        var read = FeatureStatistics.Load(FilePath);
        Assert.Equal(statistics.Mean, read.Mean);
        Assert.Equal(statistics.Covariance, read.Covariance);
        string again = Path.Combine(_folder.Path, "again.npz");
        statistics.Save(again);
        Assert.Equal(File.ReadAllBytes(FilePath), File.ReadAllBytes(again));
        Assert.Equal(ErrorKind.OutputFailed, Assert.Throws<DarkroomException>(() => statistics.Save(FilePath)).Kind);
    }

    // Property: an entry is exactly what numpy.save writes: magic, version 1.0, a header padded to 64 bytes with a newline at its end, the numbers.
    [Fact]
    public void Entries_are_numpy_arrays()
    {
        new FeatureStatistics([1, 2], [1, 0, 0, 1]).Save(FilePath);
        using var archive = ZipFile.OpenRead(FilePath);
        Assert.Equal(["mu.npy", "sigma.npy"], archive.Entries.Select(e => e.FullName));
        Assert.Equal(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", Doubles(1, 2)), Bytes(archive.Entries[0]));
        Assert.Equal(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", Doubles(1, 0, 0, 1)), Bytes(archive.Entries[1]));
    }

    // Property: compressed files, float32, column order, other versions of the format and other arrays beside are read.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Files_of_others_are_read(byte version)
    {
        byte[] floats = [.. new[] { 1f, 2f }.SelectMany(BitConverter.GetBytes)];
        Write(CompressionLevel.Optimal,
            ("mu.npy", Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", floats, version)),
            ("sigma.npy", Npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }", Doubles(4, 1, 1.0000000001, 3), version)),
            ("names.npy", [1, 2, 3]));
        var read = FeatureStatistics.Load(FilePath);
        Assert.Equal([1, 2], read.Mean);
        Assert.Equal([4, 1.0000000001, 1, 3], read.Covariance);
    }

    public static TheoryData<string, string, string> Bad => new()
    {
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "does not fit its 16 bytes" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }", "[D] and [D, D]" },
        { "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "'|O'" },
        { "{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "'>f8'" },
        { "{'descr': '<f8', 'shape': (2,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "header is damaged" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "does not fit" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "header is damaged" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "header is damaged" },
    };

    // Property: arrays of other kinds and of shapes that lie are refused with a sentence.
    [Theory]
    [MemberData(nameof(Bad))]
    public void Headers_that_lie_are_refused(string mean, string covariance, string reason)
    {
        Write(CompressionLevel.NoCompression, ("mu.npy", Npy(mean, Doubles(1, 2))), ("sigma.npy", Npy(covariance, Doubles(1, 0, 0, 1))));
        AssertBad(reason);
    }

    // Property: what is no covariance is refused: asymmetric, negative variances, NaN; with all problems at once.
    [Fact]
    public void Numbers_that_are_no_statistics_are_refused()
    {
        WriteNumbers([1, 2], [1, 0.5, 0, 1]);
        AssertBad("not symmetric");
        WriteNumbers([1, 2], [1, 0, 0, -1]);
        AssertBad("negative variance");
        WriteNumbers([double.NaN, 2], [double.PositiveInfinity, 0, 0, 1]);
        Assert.Equal(2, Assert.Throws<DarkroomException>(() => FeatureStatistics.Load(FilePath)).Problems.Count);
    }

    // Property: files that are no archive, are cut off at any place, or lack an array, are refused, and a missing one is not found.
    [Fact]
    public void Damaged_files_are_refused()
    {
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => FeatureStatistics.Load(FilePath)).Kind);
        File.WriteAllText(FilePath, "no archive");
        AssertBad("not an .npz");
        Write(CompressionLevel.NoCompression, ("mu.npy", Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", Doubles(1, 2))));
        AssertBad("no array 'sigma'");
        WriteNumbers([1, 2], [1, 0, 0, 1]);
        byte[] whole = File.ReadAllBytes(FilePath);
        for (int length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => FeatureStatistics.Load(FilePath)).Kind);
        }
    }

    // Property: a byte changed anywhere gives statistics or a clear refusal, and nothing else.
    [Fact]
    public void Changed_bytes_never_crash()
    {
        WriteNumbers([1, 2], [1, 0, 0, 1]);
        byte[] whole = File.ReadAllBytes(FilePath);
        int refused = 0;
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0xFF;
            File.WriteAllBytes(FilePath, changed);
            try
            {
                FeatureStatistics.Load(FilePath);
            }
            catch (DarkroomException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, whole.Length / 10, whole.Length);
    }

    private void AssertBad(string reason)
    {
        var error = Assert.Throws<DarkroomException>(() => FeatureStatistics.Load(FilePath));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
    }

    private void WriteNumbers(double[] mean, double[] covariance) => Write(CompressionLevel.NoCompression,
        ("mu.npy", Npy($"{{'descr': '<f8', 'fortran_order': False, 'shape': ({mean.Length},), }}", Doubles(mean))),
        ("sigma.npy", Npy($"{{'descr': '<f8', 'fortran_order': False, 'shape': ({mean.Length}, {mean.Length}), }}", Doubles(covariance))));

    private void Write(CompressionLevel compression, params (string Name, byte[] Content)[] entries)
    {
        using var archive = new ZipArchive(File.Create(FilePath), ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var stream = archive.CreateEntry(name, compression).Open();
            stream.Write(content);
        }
    }

    private static byte[] Npy(string header, byte[] data, byte version = 1)
    {
        int start = version == 1 ? 10 : 12, length = (start + header.Length + 1 + 63) / 64 * 64 - start;
        byte[] size = version == 1 ? BitConverter.GetBytes((ushort)length) : BitConverter.GetBytes(length);
        return [0x93, .. "NUMPY"u8, version, 0, .. size, .. Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"), .. data];
    }

    private static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
