namespace Darkroom.Cli.Options;

/// <summary>Options that several commands have, each defined once.</summary>
internal static class SharedOptions
{
    private const int MostThreads = 4096;

    public static CliOption<int?> Threads() =>
        CliOptions.OptionalInteger("--threads", "N", "Threads for one computation; as many as there are cores if not given.", 1, MostThreads);
}
