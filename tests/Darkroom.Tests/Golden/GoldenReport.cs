using System.Collections.Concurrent;
using System.Globalization;
using Darkroom.Tests.Golden;

[assembly: AssemblyFixture(typeof(GoldenReport))]

namespace Darkroom.Tests.Golden;

/// <summary>
/// Counts, per topic, how many cases the golden files hold and how many of them a test has checked, and prints the table when the run ends.
/// </summary>
public sealed class GoldenReport : IDisposable
{
    private static readonly ConcurrentDictionary<string, (int Cases, int Checked)> Topics = new(StringComparer.Ordinal);

    /// <summary>Says that <paramref name="count"/> cases of a topic exist, of which <paramref name="verified"/> have been checked.</summary>
    public static void Add(string topic, int count, int verified) =>
        Topics.AddOrUpdate(topic, (count, verified), (_, old) => (old.Cases + count, old.Checked + verified));

    public void Dispose()
    {
        if (Topics.IsEmpty) return;
        var lines = Topics.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => string.Create(CultureInfo.InvariantCulture,
            $"golden {t.Key}: {t.Value.Cases} cases, {t.Value.Checked} checked{(t.Value.Checked < t.Value.Cases ? $", {t.Value.Cases - t.Value.Checked} not handled" : "")}")).ToList();
        lines.Add($"golden root: {GoldenData.Root}");
        string folder = Path.Combine(GoldenData.RepositoryRoot, "TestResults");
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "golden-report.txt"), lines);
        foreach (string line in lines) Console.WriteLine(line);
    }
}
