using Darkroom.Runtime;

namespace Darkroom.Cli.Hosting;

/// <summary>Explains exceptions of the platform that are no defects of ours: a full disk, a missing file, too little memory.</summary>
internal static class ErrorTranslation
{
    private const int DiskFullUnix = 28;                            // ENOSPC
    private const int DiskFullWindows = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>The error with an explanation, or null where it is a defect.</summary>
    public static DarkroomException? Explain(Exception error) => error switch
    {
        DarkroomException explained => explained,
        _ when NativeTorch.IsLoadFailure(error) => NativeTorch.Explain(error),
        OutOfMemoryException or InsufficientMemoryException => new(ErrorKind.Environment, "There is not enough memory.", null,
            "Make the picture or the batch smaller, or take --dtype bf16; darkroom doctor shows how much there is.", error),
        FileNotFoundException { FileName: { } file } => new(ErrorKind.NotFound, "There is no such file.", file, inner: error),
        DirectoryNotFoundException => new(ErrorKind.NotFound, error.Message, inner: error),
        UnauthorizedAccessException => new(ErrorKind.OutputFailed, error.Message, null, "Check the permissions of the file and its folder.", error),
        IOException { HResult: DiskFullUnix or DiskFullWindows } => new(ErrorKind.OutputFailed, $"The disk is full. ({error.Message})", null,
            "Free some space or write to another disk.", error),
        IOException => new(ErrorKind.OutputFailed, error.Message, inner: error),
        _ => null,
    };

    /// <summary>What is said of an exception that nobody expected.</summary>
    public static Problem Defect(Exception error) => new(
        $"This is a defect of Darkroom, not of your request: {error.GetType().Name}: {error.Message}", null,
        "Please report it with the command line and what the same command says with --verbose.");
}
