namespace Darkroom.Cli.Output;

/// <summary>How much is said on stderr.</summary>
internal enum Verbosity
{
    Quiet,
    Normal,
    Verbose,
}
