using System.IO.Compression;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Pickles;
using Darkroom.Evaluation.Metrics;
using Darkroom.Runtime;

namespace Darkroom.Evaluation.Statistics;

/// <summary>pytorch-fid's statistics: an .npz (a zip of .npy files) with <c>mu</c> and <c>sigma</c>.</summary>
internal static class StatisticsFile
{
    private const int MaxArrayBytes = 1 << 30;
    private const double Asymmetry = 1e-6;

    private static readonly DateTimeOffset FirstZipTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a path names statistics and not a folder of pictures.</summary>
    public static bool IsNamed(string path) => Path.GetExtension(path).Equals(".npz", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path);

    /// <exception cref="DarkroomException">NotFound; BadFile, with every problem of the arrays.</exception>
    public static FeatureStatistics Read(string path)
    {
        using var file = CheckpointFormat.OpenFile(path);
        var start = new byte[4];
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !ZipDirectory.IsZip(start))
            throw new DarkroomException(ErrorKind.BadFile, "It is not an .npz of statistics.", path, "Name a file with mu and sigma, as pytorch-fid and this program write it.");
        var archive = ZipDirectory.Read(file, path);
        var (mean, covariance) = (Array("mu"), Array("sigma"));
        if (mean.Shape.Length != 1 || mean.Shape[0] == 0 || !covariance.Shape.SequenceEqual([mean.Shape[0], mean.Shape[0]]))
        {
            throw new DarkroomException(ErrorKind.BadFile,
                $"mu is [{string.Join(", ", mean.Shape)}] and sigma [{string.Join(", ", covariance.Shape)}]; [D] and [D, D] are expected.", path);
        }
        Check(mean.Values, covariance.Values, path);
        return new(mean.Values, covariance.Values);

        NpyArray Array(string name)
        {
            if (!archive.Entries.TryGetValue(name + ".npy", out var entry))
            {
                string found = archive.Entries.Count == 0 ? "nothing" : string.Join(", ", archive.Entries.Keys.Order(StringComparer.Ordinal).Take(10));
                throw new DarkroomException(ErrorKind.BadFile, $"It has no array '{name}'; it has {found}.", path, "Statistics are an .npz of mu and sigma.");
            }
            return NpyArray.Parse(archive.Unpack(entry, MaxArrayBytes), $"{path}: {name}");
        }
    }

    public static void Write(FeatureStatistics statistics, string path, bool overwrite) => AtomicFile.Write(path, overwrite, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        long count = statistics.FeatureCount;
        Add("mu", new NpyArray([count], statistics.Mean));
        Add("sigma", new NpyArray([count, count], statistics.Covariance));

        void Add(string name, NpyArray array)
        {
            var entry = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = FirstZipTime;
            using var content = entry.Open();
            array.Write(content);
        }
    });

    private static void Check(double[] mean, double[] covariance, string path)
    {
        var problems = new List<Problem>();
        if (!mean.All(double.IsFinite)) problems.Add(new("mu holds NaN or infinity.", path));
        if (!covariance.All(double.IsFinite)) problems.Add(new("sigma holds NaN or infinity.", path));
        else if (!IsCovariance(covariance, mean.Length)) problems.Add(new("sigma is no covariance: it is not symmetric, or has a negative variance.", path));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, problems);
    }

    private static bool IsCovariance(double[] values, int count)
    {
        double largest = values.Max(Math.Abs);
        for (int i = 0; i < count; i++)
        {
            if (values[i * count + i] < 0) return false;
            for (int j = 0; j < i; j++)
            {
                if (Math.Abs(values[i * count + j] - values[j * count + i]) > Asymmetry * largest) return false;
            }
        }
        return true;
    }
}
