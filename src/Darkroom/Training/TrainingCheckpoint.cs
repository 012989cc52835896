using System.Globalization;
using Darkroom.Checkpoints;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Where a training stands besides its tensors.</summary>
/// <param name="Step">Optimiser steps done.</param>
/// <param name="Position">Number of the next sample of the data set.</param>
/// <param name="Elapsed">Time spent in all runs so far.</param>
internal readonly record struct TrainingPlace(long Step, long Position, TimeSpan Elapsed);

/// <summary>
/// All that decides how a training goes on: weights, average, optimiser, random generator, what the task remembers, and place, in one safetensors file that appears whole or not at all.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string Kind = "darkroom training state 1";

    private const string TaskPrefix = "task.";

    public static void Save(
        string path, TrainingPlace place, TrainedWeights weights, Adam optimiser, ExponentialMovingAverage? average, TorchGenerator random,
        IReadOnlyDictionary<string, Tensor> task)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["optimiser.updates"] = tensor(optimiser.Updates.ToArray()),
            ["random"] = tensor(random.SaveState()),
        };
        foreach (var (prefix, values) in Groups(weights, optimiser, average))
            for (int i = 0; i < values.Count; i++) tensors[prefix + weights.Names[i]] = values[i];
        foreach (var (name, value) in task) tensors[TaskPrefix + name] = value;
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["kind"] = Kind,
            ["step"] = Text(place.Step),
            ["position"] = Text(place.Position),
            ["average_updates"] = Text(average?.Updates ?? 0),
            ["elapsed_seconds"] = place.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture),
        }, overwrite: true);
    }

    /// <summary>Puts everything back; the generator is returned because it is a new one.</summary>
    /// <exception cref="DarkroomException">BadFile: no training state. ModelMismatch: that of another network.</exception>
    public static (TrainingPlace Place, TorchGenerator Random, IReadOnlyDictionary<string, Tensor> Task) Load(
        string path, TrainedWeights weights, Adam optimiser, ExponentialMovingAverage? average, IReadOnlyDictionary<string, Tensor> task)
    {
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("kind") != Kind)
            throw new DarkroomException(ErrorKind.BadFile, "This is not the state of a training.", path);
        using var scope = NewDisposeScope();
        var groups = Groups(weights, optimiser, average).ToList();
        RefuseMismatch(path, file, weights, groups, task);
        foreach (var (prefix, values) in groups)
        {
            using var guard = no_grad();
            for (int i = 0; i < values.Count; i++) values[i].copy_(file.Read(prefix + weights.Names[i]));
        }
        weights.Publish();
        file.Read("optimiser.updates").data<long>().ToArray().CopyTo(optimiser.Updates);
        if (average is not null) average.Updates = Number(file, path, "average_updates");
        var elapsed = double.TryParse(file.Metadata.GetValueOrDefault("elapsed_seconds"), CultureInfo.InvariantCulture, out double seconds) && seconds >= 0
            ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        var remembered = task.Keys.ToDictionary(name => name, name => file.Read(TaskPrefix + name).clone().MoveToOuterDisposeScope(), StringComparer.Ordinal);
        return (new TrainingPlace(Number(file, path, "step"), Number(file, path, "position"), elapsed),
            TorchGenerator.FromState(file.Read("random").data<byte>().ToArray()), remembered);
    }

    private static IEnumerable<(string Prefix, IReadOnlyList<Tensor> Values)> Groups(
        TrainedWeights weights, Adam optimiser, ExponentialMovingAverage? average)
    {
        yield return ("weights.", weights.Masters);
        yield return ("optimiser.mean.", optimiser.Means);
        yield return ("optimiser.square.", optimiser.Squares);
        if (average is not null) yield return ("average.", average.Averages);
    }

    private static void RefuseMismatch(
        string path, SafetensorsFile file, TrainedWeights weights, IReadOnlyList<(string Prefix, IReadOnlyList<Tensor> Values)> groups,
        IReadOnlyDictionary<string, Tensor> task)
    {
        var problems = new List<Problem>();
        foreach (var (prefix, values) in groups)
        {
            for (int i = 0; i < values.Count; i++)
            {
                string name = prefix + weights.Names[i];
                if (!file.Tensors.TryGetValue(name, out var found)) problems.Add(new Problem("It is missing.", name));
                else if (!found.Shape.SequenceEqual(values[i].shape) || found.Dtype != ScalarType.Float32)
                    problems.Add(new Problem($"It is {found.Dtype} [{string.Join(",", found.Shape)}] instead of Float32 [{string.Join(",", values[i].shape)}].", name));
            }
        }
        if (!file.Tensors.TryGetValue("optimiser.updates", out var updates) || updates.Count != weights.Names.Count || updates.Dtype != ScalarType.Int64)
            problems.Add(new Problem("The optimiser's counts are missing or of another network.", "optimiser.updates"));
        if (!file.Tensors.TryGetValue("random", out var random) || random.Dtype != ScalarType.Byte)
            problems.Add(new Problem("The random generator's state is missing.", "random"));
        foreach (var (name, value) in task)
        {
            if (!file.Tensors.TryGetValue(TaskPrefix + name, out var found) || !found.Shape.SequenceEqual(value.shape) || found.Dtype != value.dtype)
                problems.Add(new Problem("It is missing or of another configuration.", TaskPrefix + name));
        }
        if (problems.Count > 0)
            throw new DarkroomException(ErrorKind.ModelMismatch, [new Problem("This checkpoint was made by another configuration.", path), .. problems.Take(20)]);
    }

    private static long Number(SafetensorsFile file, string path, string key) =>
        long.TryParse(file.Metadata.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value : throw new DarkroomException(ErrorKind.BadFile, $"The training state lacks its {key}.", path);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
