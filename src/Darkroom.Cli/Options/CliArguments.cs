using System.CommandLine;
using System.CommandLine.Completions;

namespace Darkroom.Cli.Options;

/// <summary>Makes the arguments (values without a name) of commands.</summary>
internal static class CliArguments
{
    /// <summary>A text, a file or a folder that must be given.</summary>
    public static Argument<string> Text(string name, string description) => new(name) { Description = description };

    /// <summary>A text, a file or a folder that may be left out.</summary>
    public static Argument<string?> OptionalText(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Several texts, files or folders; at least one.</summary>
    public static Argument<string[]> Texts(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.OneOrMore };

    /// <summary>One of a few words; upper and lower case count the same.</summary>
    public static Argument<string> Choice(string name, string description, params string[] allowed)
    {
        var parse = OptionParsers.Choice(allowed);
        var argument = new Argument<string>(name)
        {
            Description = description,
            CustomParser = result =>
            {
                try
                {
                    return parse(result.Tokens[^1].Value);
                }
                catch (OptionValueException wrong)
                {
                    result.AddError(wrong.Message);
                    return null;
                }
            },
        };
        argument.CompletionSources.Add(_ => allowed.Select(a => new CompletionItem(a)));
        return argument;
    }
}
