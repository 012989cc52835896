namespace Darkroom.Cli.Hosting;

/// <summary>A setting of a configuration that --set changes, as help shows it.</summary>
internal sealed record SettingHelp(string Name, string Description, string? Value);
