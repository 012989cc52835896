using System.Globalization;
using System.Text;
using Darkroom.Imaging;
using Darkroom.Runtime;

namespace Darkroom.Training;

/// <summary>The folder of one training: its configuration, log, samples, checkpoints and model, with a README that says what is what.</summary>
public sealed class RunFolder
{
    private const string CheckpointPrefix = "step-";
    private const string CheckpointSuffix = ".safetensors";

    /// <summary>A folder that exists or will be made.</summary>
    /// <param name="path">Where.</param>
    public RunFolder(string path) => Root = Path.GetFullPath(path);

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>The configuration, as used: defaults, file and command line together.</summary>
    public string Configuration => Path.Combine(Root, "config.json");

    /// <summary>Loss, learning rate and speed, one line each time.</summary>
    public string Log => Path.Combine(Root, "log.csv");

    /// <summary>Measures of quality, one line each.</summary>
    public string Evaluations => Path.Combine(Root, "evaluation.csv");

    /// <summary>The loss curve.</summary>
    public string LossCurve => Path.Combine(Root, "loss.png");

    /// <summary>The model, ready for use.</summary>
    public string Model => Path.Combine(Root, "model");

    private string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The last checkpoint, or null where there is none.</summary>
    public string? LastCheckpoint => CheckpointFiles().LastOrDefault();

    /// <summary>Begins a new training here.</summary>
    /// <param name="configuration">The configuration as JSON.</param>
    /// <param name="title">What is trained, for the README.</param>
    /// <param name="command">The command line to repeat or resume it with.</param>
    /// <exception cref="DarkroomException">OutputFailed: there is a training here already.</exception>
    public void Begin(string configuration, string title, string command)
    {
        if (LastCheckpoint is not null || File.Exists(Configuration))
            throw new DarkroomException(ErrorKind.OutputFailed, "There is a training in this folder already.", Root,
                "Go on with it (--resume), or name another folder (--run).");
        WriteText("config.json", configuration);
        WriteText("environment.json", RunEnvironment.Describe());
        WriteText("README.md", Explanation(title, command));
    }

    /// <summary>The path of the checkpoint of a step.</summary>
    public string CheckpointAt(long step) =>
        Path.Combine(Checkpoints, CheckpointPrefix + step.ToString("D9", CultureInfo.InvariantCulture) + CheckpointSuffix);

    /// <summary>Removes all checkpoints but the last few, and what a killed process left half written.</summary>
    /// <param name="keep">How many stay.</param>
    public void Prune(int keep)
    {
        if (!Directory.Exists(Checkpoints)) return;
        foreach (string file in CheckpointFiles().SkipLast(keep).Concat(Directory.EnumerateFiles(Checkpoints, ".darkroom-*.tmp")).ToList())
            File.Delete(file);
    }

    /// <summary>Keeps a sheet of samples.</summary>
    public void SaveSamples(Picture sheet, long step)
    {
        ArgumentNullException.ThrowIfNull(sheet);
        sheet.Save(Path.Combine(Root, "samples", string.Create(CultureInfo.InvariantCulture, $"step-{step:D9}.png")), overwrite: true);
    }

    /// <summary>Writes a file of text, whole or not at all.</summary>
    public void WriteText(string name, string content) =>
        AtomicFile.Write(Path.Combine(Root, name), overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(content)));

    private List<string> CheckpointFiles() => Directory.Exists(Checkpoints)
        ? [.. Directory.EnumerateFiles(Checkpoints, CheckpointPrefix + "*" + CheckpointSuffix).Order(StringComparer.Ordinal)]
        : [];

    private static string Explanation(string title, string command) => $"""
        # {title}

        Made by Darkroom. Go on with this training, exactly where it stopped:

            {command}

        | file | what |
        |---|---|
        | `config.json` | every setting as used: defaults, configuration file and command line together |
        | `environment.json` | the machine and the versions |
        | `log.csv`, `loss.png` | loss (mean since the line before), learning rate, norm of the gradients, samples per second |
        | `evaluation.csv` | measures of quality on data that isn't trained on, with the averaged weights |
        | `samples/` | sheets of samples, one for each time they were drawn |
        | `checkpoints/` | all that is needed to go on bit for bit: weights, average, optimiser, random generator, place in the data |
        | `model/` | the model with the averaged weights, ready for use |

        """;
}
