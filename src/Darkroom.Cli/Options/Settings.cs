namespace Darkroom.Cli.Options;

/// <summary>A default that the environment or a configuration file gives, and which of them.</summary>
internal sealed record Setting(string Value, string Source);

/// <summary>
/// Defaults of options from the environment, then from darkroom.json of the current folder, then from that of the user's
/// configuration folder. The command line comes before all of them, the built-in default after.
/// </summary>
/// <remarks>
/// DARKROOM_STEPS sets --steps of every command, DARKROOM_TXT2IMG_STEPS that of one. In a file, {"steps": 30} sets it for every
/// command and {"txt2img": {"steps": 30}} for one. The more specific wins within one source.
/// </remarks>
internal sealed class Settings
{
    public const string FileName = "darkroom.json";
    private const int LongestFile = 1 << 20;

    private readonly Func<string, string?> _environment;
    private readonly IReadOnlyList<SettingsFile> _files;

    public Settings(Func<string, string?> environment, IReadOnlyList<string> files)
    {
        _environment = environment;
        var problems = new List<Problem>();
        _files = [.. files.Where(File.Exists).Select(path => SettingsFile.Read(path, LongestFile, problems))];
        Problems = problems;
    }

    /// <summary>The settings of this process.</summary>
    public static Settings OfProcess() => new(System.Environment.GetEnvironmentVariable, StandardFiles());

    /// <summary>What is wrong with the files themselves; unknown keys are found by <see cref="UnknownKeys"/>.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>The configuration files in force, first wins.</summary>
    public IEnumerable<string> Files => _files.Select(f => f.Path);

    /// <summary>The files that are looked for, first wins.</summary>
    public static IReadOnlyList<string> StandardFiles()
    {
        string user = System.Environment.GetFolderPath(System.Environment.SpecialFolder.ApplicationData, System.Environment.SpecialFolderOption.DoNotVerify);
        string here = Path.Combine(System.Environment.CurrentDirectory, FileName);
        return user.Length == 0 ? [here] : [here, Path.Combine(user, "darkroom", FileName)];
    }

    /// <summary>The environment variable of an option, of every command or of one.</summary>
    public static string VariableOf(string key, string? commandName = null) =>
        "DARKROOM_" + (commandName is null ? key : commandName + "_" + key).Replace('-', '_').ToUpperInvariant();

    /// <summary>The default in force for an option of a command, or null.</summary>
    public Setting? Find(string commandName, string key, bool isPath)
    {
        foreach (string variable in (string[])[VariableOf(key, commandName), VariableOf(key)])
            if (_environment(variable) is { Length: > 0 } value) return new Setting(value, variable);
        foreach (var file in _files)
            if (file.Find(commandName, key) is { } value)
                return new Setting(isPath ? Path.Combine(Path.GetDirectoryName(file.Path)!, value) : value, file.Path);
        return null;
    }

    /// <summary>A problem, with a suggestion, for each key of a file that no command has.</summary>
    /// <param name="commands">The configurable keys of each command, by the command's name.</param>
    public IEnumerable<Problem> UnknownKeys(IReadOnlyDictionary<string, IReadOnlyCollection<string>> commands) =>
        _files.SelectMany(file => file.UnknownKeys(commands));
}
