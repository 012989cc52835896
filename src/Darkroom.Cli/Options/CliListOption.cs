using System.CommandLine;

namespace Darkroom.Cli.Options;

/// <summary>An option that may be given several times, each time with one value; empty where it isn't given. Made by <see cref="CliOptions.Texts"/>.</summary>
internal sealed class CliListOption : Option<string[]>, ICliOption
{
    public CliListOption(string name, string valueName, string description) : base(name)
    {
        Description = description;
        HelpName = valueName;
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        DefaultValueFactory = _ => [];
    }

    public string Key => Name.TrimStart('-');

    public bool Configurable => false;

    public bool IsPath => false;

    public bool MustBeGiven => false;

    public string Section { get; set; } = ICliOption.DefaultSection;

    public string? DefaultText => null;

    public void TakeDefaultsFrom(Settings settings, string commandName)
    {
    }
}
