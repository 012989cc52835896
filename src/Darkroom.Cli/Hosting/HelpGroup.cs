namespace Darkroom.Cli.Hosting;

/// <summary>The headings of the root help, in their order.</summary>
internal enum HelpGroup
{
    Generate,
    Train,
    Evaluate,
    Models,
    Serve,
    Diagnose,
    Learn,
}

/// <summary>A command line that help shows, and what it does.</summary>
internal sealed record Example(string CommandLine, string Description);
