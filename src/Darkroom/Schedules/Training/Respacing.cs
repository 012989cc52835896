using System.Globalization;

namespace Darkroom.Schedules;

/// <summary>A schedule on a subset of another's timesteps, with the same AlphaBar at those that are kept.</summary>
/// <param name="Schedule">beta'_i = 1 - AlphaBar(t_i) / AlphaBar(t_{i-1}).</param>
/// <param name="Timesteps">t_i, ascending: what the network is given at step i.</param>
public sealed record RespacedSchedule(NoiseSchedule Schedule, IReadOnlyList<int> Timesteps);

/// <summary>
/// Respacing of openai/improved-diffusion: which timesteps a shorter process keeps. Nichol and Dhariwal 2021, arXiv:2102.09672, sec. 4.
/// </summary>
public static class Respacing
{
    /// <summary>The schedule on the given timesteps of a base schedule.</summary>
    /// <param name="schedule">The base.</param>
    /// <param name="kept">Ascending timesteps of the base.</param>
    /// <exception cref="DarkroomException">None are kept, they don't ascend or are out of range.</exception>
    public static RespacedSchedule Keep(NoiseSchedule schedule, IReadOnlyList<int> kept)
    {
        for (int i = 0; i < kept.Count; i++)
        {
            if (kept[i] < 0 || kept[i] >= schedule.Count || (i > 0 && kept[i] <= kept[i - 1]))
                throw new DarkroomException(ErrorKind.InvalidRequest, $"Kept timesteps must ascend within 0 and {schedule.Count - 1}, but entry {i} is {kept[i]}.", "timesteps");
        }
        return new(NoiseSchedule.FromAlphaBar([.. kept.Select(t => schedule.AlphaBar[t])]), kept);
    }

    /// <summary>
    /// Equal sections of the T timesteps, of each of which a number of evenly spaced ones is kept, its first and last included.
    /// </summary>
    /// <remarks>(1000, [10]) gives 0, 111, ..., 999; (300, [10, 15, 20]) keeps 45. Fractions are rounded half to even.</remarks>
    /// <param name="trainingSteps">T.</param>
    /// <param name="counts">How many timesteps to keep per section.</param>
    /// <exception cref="DarkroomException">A section is smaller than the number to keep of it.</exception>
    public static IReadOnlyList<int> Sections(int trainingSteps, IReadOnlyList<int> counts)
    {
        if (counts.Count == 0) throw new DarkroomException(ErrorKind.InvalidRequest, "At least one section is needed.", "timestep_respacing");
        var kept = new List<int>();
        int start = 0;
        for (int section = 0; section < counts.Count; section++)
        {
            int size = trainingSteps / counts.Count + (section < trainingSteps % counts.Count ? 1 : 0), count = counts[section];
            if (count < 0 || count > size)
                throw new DarkroomException(ErrorKind.InvalidRequest, $"{count} timesteps cannot be kept of a section of {size}.", "timestep_respacing");
            double stride = count <= 1 ? 1 : (double)(size - 1) / (count - 1), position = 0;
            for (int i = 0; i < count; i++, position += stride) kept.Add(start + (int)Math.Round(position));
            start += size;
        }
        return kept;
    }

    /// <summary>The "ddimN" form: the timesteps 0, r, 2r, ... for the integer stride r that gives exactly N.</summary>
    /// <exception cref="DarkroomException">No integer stride gives N.</exception>
    public static IReadOnlyList<int> IntegerStride(int trainingSteps, int count)
    {
        for (int stride = 1; stride < trainingSteps; stride++)
        {
            if ((trainingSteps + stride - 1) / stride == count)
                return [.. Enumerable.Range(0, count).Select(i => i * stride)];
        }
        int[] possible = [.. Enumerable.Range(1, trainingSteps - 1).Select(stride => (trainingSteps + stride - 1) / stride).Distinct()];
        string nearest = string.Join(", ", possible.OrderBy(n => Math.Abs(n - count)).Take(6).Order().Select(n => $"ddim{n}"));
        throw new DarkroomException(ErrorKind.InvalidRequest, $"No integer stride takes exactly {count} of {trainingSteps} timesteps.", "timestep_respacing",
            possible.Length == 0 ? "A process of one step can't be respaced." : $"Possible are, nearest by: {nearest}.");
    }

    /// <summary>Reads a timestep_respacing option: "250", "10,15,20" or "ddim50".</summary>
    /// <exception cref="DarkroomException">It is none of these or cannot be kept.</exception>
    public static IReadOnlyList<int> Parse(string respacing, int trainingSteps)
    {
        bool stride = respacing.StartsWith("ddim", StringComparison.Ordinal);
        var counts = new List<int>();
        foreach (string part in (stride ? respacing[4..] : respacing).Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            {
                throw new DarkroomException(ErrorKind.InvalidRequest, $"\"{respacing}\" is not a respacing.", "timestep_respacing",
                    "Give a number, numbers separated by commas, or ddim and a number.");
            }
            counts.Add(count);
        }
        if (!stride) return Sections(trainingSteps, counts);
        return counts.Count == 1 ? IntegerStride(trainingSteps, counts[0])
            : throw new DarkroomException(ErrorKind.InvalidRequest, "After ddim stands one number only.", "timestep_respacing");
    }
}
