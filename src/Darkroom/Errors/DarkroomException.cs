namespace Darkroom;

/// <summary>What kind of thing went wrong; the command line maps each kind to one exit code.</summary>
public enum ErrorKind
{
    /// <summary>The request asks for something that is not possible (sizes, names, ranges, combinations).</summary>
    InvalidRequest,

    /// <summary>A file or folder that was named does not exist.</summary>
    NotFound,

    /// <summary>An input file is damaged, hostile or of a kind that is not read.</summary>
    BadFile,

    /// <summary>A checkpoint is readable, but its tensors are not those of the network they are meant for.</summary>
    ModelMismatch,

    /// <summary>An output could not be written (exists already, disk full, no permission).</summary>
    OutputFailed,

    /// <summary>A computation gave NaN or infinity.</summary>
    Numerical,

    /// <summary>The machine lacks something (native library, memory).</summary>
    Environment,
}

/// <summary>One thing that is wrong: what, where, and what to do about it.</summary>
/// <param name="What">What is wrong, as a sentence a person can act on.</param>
/// <param name="Where">The option, file, key or step it was found at; null where the sentence says it.</param>
/// <param name="Remedy">What to do; null where the sentence says it.</param>
public sealed record Problem(string What, string? Where = null, string? Remedy = null)
{
    /// <inheritdoc/>
    public override string ToString() => string.Concat(
        Where is null ? "" : $"{Where}: ", What, Remedy is null ? "" : $" {Remedy}");
}

/// <summary>
/// The only exception that Darkroom throws on purpose. It carries every problem that was found, not only the first.
/// </summary>
public sealed class DarkroomException : Exception
{
    /// <summary>One problem.</summary>
    public DarkroomException(ErrorKind kind, string what, string? where = null, string? remedy = null, Exception? inner = null)
        : this(kind, [new Problem(what, where, remedy)], inner)
    {
    }

    /// <summary>Several problems of one request or file, reported together.</summary>
    public DarkroomException(ErrorKind kind, IReadOnlyList<Problem> problems, Exception? inner = null)
        : base(string.Join(Environment.NewLine, problems.Select(p => p.ToString())), inner)
    {
        Kind = kind;
        Problems = problems;
    }

    /// <summary>What kind of thing went wrong.</summary>
    public ErrorKind Kind { get; }

    /// <summary>Every problem found, in the order in which a person would mend them; never empty.</summary>
    public IReadOnlyList<Problem> Problems { get; }
}
