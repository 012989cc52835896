using System.ComponentModel;

namespace Darkroom.Cli.Output;

/// <summary>What the process says when it ends. The numbers are fixed: scripts depend on them.</summary>
internal enum ExitCode
{
    [Description("Done.")]
    Success = 0,

    [Description("The command line, a setting or the request is wrong (names, ranges, sizes, combinations).")]
    InvalidRequest = 2,

    [Description("A file or folder that was named does not exist.")]
    NotFound = 3,

    [Description("An input file is damaged, hostile or of a kind that is not read.")]
    BadFile = 4,

    [Description("A checkpoint does not fit the network that it is meant for.")]
    ModelMismatch = 5,

    [Description("An output could not be written (exists already, disk full, no permission).")]
    OutputFailed = 6,

    [Description("A computation gave NaN or infinity.")]
    Numerical = 7,

    [Description("The machine lacks something (native library, memory); darkroom doctor says what.")]
    Environment = 8,

    [Description("A defect of Darkroom itself; please report it.")]
    Defect = 70,

    [Description("Stopped by Ctrl+C (SIGINT).")]
    Interrupted = 130,

    [Description("Stopped by SIGTERM.")]
    Terminated = 143,
}

/// <summary>The one place that says which exit code a kind of error gets.</summary>
internal static class ExitCodes
{
    public static ExitCode Of(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest => ExitCode.InvalidRequest,
        ErrorKind.NotFound => ExitCode.NotFound,
        ErrorKind.BadFile => ExitCode.BadFile,
        ErrorKind.ModelMismatch => ExitCode.ModelMismatch,
        ErrorKind.OutputFailed => ExitCode.OutputFailed,
        ErrorKind.Numerical => ExitCode.Numerical,
        ErrorKind.Environment => ExitCode.Environment,
        _ => ExitCode.Defect,
    };

    /// <summary>The sentence that help and docs/exit-codes.md give for a code.</summary>
    public static string Describe(ExitCode code) =>
        typeof(ExitCode).GetField(code.ToString())!.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            .Cast<DescriptionAttribute>().Single().Description;
}
