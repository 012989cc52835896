using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Training;

namespace Darkroom.Cli.Commands.Training;

/// <summary>What all trainings have in common on the command line: a configuration, changes to it, and a run folder.</summary>
/// <typeparam name="TConfiguration">The record of the configuration.</typeparam>
internal abstract class TrainingCommand<TConfiguration> : CliCommand
{
    private readonly string _title;
    private readonly string _preset;
    private readonly ConfigurationOptions _options;
    private readonly CliOption<string?> _run;
    private readonly CliOption<bool> _resume;

    protected TrainingCommand(string name, string title, string description, string preset) : base(name, description)
    {
        _title = title;
        _preset = preset;
        _options = new ConfigurationOptions(this, preset);
        _run = CliOptions.Path("--run", "FOLDER", "The run folder: configuration, log, samples, checkpoints and model. Must be given.", configurable: false);
        _resume = CliOptions.Flag("--resume", "Go on with the training in the run folder, with its own configuration; --set may change it.", configurable: false);
        Options.Add(_run);
        Options.Add(_resume);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<SettingHelp> Changeable =>
        SettingDescriptions.Of<TConfiguration>(_preset, [.. OwnSettings, .. SettingDescriptions.Data, .. SettingDescriptions.Training]);

    /// <summary>What help says of the settings that this training alone has.</summary>
    protected virtual IReadOnlyList<(string Name, string Description)> OwnSettings => [];

    /// <summary>Trains until the end or until it is cancelled; returns how many steps are done.</summary>
    protected abstract long Train(TConfiguration configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation);

    /// <summary>The settings that all trainings have.</summary>
    protected abstract TrainingSettings SettingsOf(TConfiguration configuration);

    public override ExitCode Run(CommandContext context)
    {
        string path = context.Get(_run)
            ?? throw new DarkroomException(ErrorKind.InvalidRequest, "The folder to train in is missing.", "--run", "Name a folder, such as --run runs/first.");
        var folder = new RunFolder(path);
        bool resume = context.Get(_resume);
        if (resume && !File.Exists(folder.Configuration))
            throw new DarkroomException(ErrorKind.NotFound, "There is no training in this folder to go on with.", path, "Leave --resume out to begin one.");
        var configuration = _options.Read<TConfiguration>(context, instead: resume ? folder.Configuration : null);
        var settings = SettingsOf(configuration);
        settings.Validate();
        string json = ConfigurationFile.Write(configuration);
        if (resume) folder.WriteText(Path.GetFileName(folder.Configuration), json);
        else folder.Begin(json, _title, $"{CommandTree.PathOf(this)} --run {path} --resume");

        long steps = Train(configuration, folder, new Observer(context.Output), context.Output, context.Cancellation);
        bool finished = steps >= settings.Steps;
        context.Output.Result(new Report(folder.Root, folder.Model, steps, finished), text => text.WriteLine(finished
            ? $"Done: {steps} steps. The model is in {folder.Model}."
            : $"Stopped after step {steps} of {settings.Steps}; everything is saved. Go on with --resume."));
        context.Cancellation.ThrowIfCancellationRequested();
        return ExitCode.Success;
    }

    private sealed record Report(string Run, string Model, long Steps, bool Finished);

    /// <summary>One line each time.</summary>
    private sealed class Observer(CommandOutput output) : ITrainingObserver
    {
        public void Progressed(TrainingProgress progress) => output.Note(progress.ToString());

        public void Evaluated(long step, IReadOnlyDictionary<string, double> measures) =>
            output.Note($"step {step}  {string.Join("  ", measures.Select(m => FormattableString.Invariant($"{m.Key} {m.Value:G4}")))}");

        public void Warned(Problem problem) => output.Warn(problem);

        public void Saved(long step, string path) => output.Detail($"step {step}  saved {path}");
    }
}
