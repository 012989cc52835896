using System.Globalization;
using System.Text;
using Darkroom.Runtime;

namespace Darkroom.Training;

/// <summary>A table of numbers by step in a CSV file: lines are appended, and a resumed training first drops those after its checkpoint.</summary>
internal sealed class RunLog
{
    private readonly string _path;
    private readonly string[] _columns;

    /// <param name="path">The file.</param>
    /// <param name="columns">Names of the columns after "step".</param>
    public RunLog(string path, params string[] columns) => (_path, _columns) = (path, columns);

    /// <summary>Drops the lines of steps after <paramref name="step"/>.</summary>
    public void Rewind(long step)
    {
        if (!File.Exists(_path)) return;
        var kept = File.ReadLines(_path).Where((line, i) => i == 0 || (StepOf(line) is { } at && at <= step)).ToList();
        AtomicFile.Write(_path, overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(l => l + "\n")))));
    }

    /// <summary>Adds a line.</summary>
    public void Append(long step, params double[] values)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            string head = File.Exists(_path) ? "" : $"step,{string.Join(",", _columns)}\n";
            string line = string.Join(",", values.Select(v => v.ToString("G9", CultureInfo.InvariantCulture)));
            File.AppendAllText(_path, string.Create(CultureInfo.InvariantCulture, $"{head}{step},{line}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DarkroomException(ErrorKind.OutputFailed, "The log can't be written.", _path, inner: e);
        }
    }

    /// <summary>Step and one column of every line.</summary>
    public IReadOnlyList<(long Step, double Value)> Read(string column)
    {
        int at = Array.IndexOf(_columns, column) + 1;
        var points = new List<(long, double)>();
        if (!File.Exists(_path)) return points;
        foreach (string line in File.ReadLines(_path).Skip(1))
        {
            string[] cells = line.Split(',');
            if (StepOf(line) is { } step && cells.Length > at && double.TryParse(cells[at], CultureInfo.InvariantCulture, out double value)) points.Add((step, value));
        }
        return points;
    }

    private static long? StepOf(string line) =>
        long.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(','))), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;
}
