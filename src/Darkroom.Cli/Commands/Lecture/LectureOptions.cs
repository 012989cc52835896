using Darkroom.Cli.Options;

namespace Darkroom.Cli.Commands.Lecture;

/// <summary>What the commands of the lecture share.</summary>
internal static class LectureOptions
{
    public static CliOption<string> Output() => CliOptions.RequiredPath("--output", "FOLDER", "Where the pictures go; those of the same name are replaced.");
}

/// <summary>The files that were written.</summary>
internal sealed record LectureReport(IReadOnlyList<string> Files);
