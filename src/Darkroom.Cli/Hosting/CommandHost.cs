using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>From the words of the command line to an exit code: parse, help, settings, run, report.</summary>
internal static class CommandHost
{
    private const int WidthWhenPiped = 120;

    public static ExitCode Run(string[] args)
    {
        Console.OutputEncoding = Encoding.UTF8;
        var settings = Settings.OfProcess();
        var global = new GlobalOptions();
        var root = CommandTree.Build(global, settings);
        var parsed = CommandLineParser.Parse(root, args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        var output = new CommandOutput(Console.Out, Console.Error, GlobalOptions.IsSet(parsed, global.Json), global.VerbosityOf(parsed),
            terminal: !Console.IsErrorRedirected && System.Environment.GetEnvironmentVariable("TERM") is not "dumb");
        var command = parsed.CommandResult.Command;

        if (GlobalOptions.IsSet(parsed, global.Version)) return WriteVersion(output);
        if (GlobalOptions.IsSet(parsed, global.Help) || (command is RootCommand or CommandGroup && parsed.UnmatchedTokens.Count == 0)) return WriteHelp(command, output);

        IReadOnlyList<Problem> problems = [.. ParseProblems.Of(parsed, args), .. settings.Problems, .. settings.UnknownKeys(CommandTree.ConfigurableKeys(root))];
        if (problems.Count > 0) return Fail(output, new DarkroomException(ErrorKind.InvalidRequest, problems));

        using var interruption = new Interruption(output);
        try
        {
            return ((CliCommand)command).Run(new CommandContext(parsed, settings, output, interruption.Token));
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            output.Error("cancelled", interruption.ExitCode, [new Problem("Stopped before the end.")], cause: null);
            return interruption.ExitCode;
        }
        catch (Exception error)
        {
            return Fail(output, error, command);
        }
    }

    private static ExitCode Fail(CommandOutput output, Exception error, Command? command = null)
    {
        if (ErrorTranslation.Explain(error) is not { } explained)
        {
            output.Error("defect", ExitCode.Defect, [ErrorTranslation.Defect(error)], error);
            return ExitCode.Defect;
        }
        var code = ExitCodes.Of(explained.Kind);
        output.Error(explained.Kind.ToString(), code, [.. explained.Problems.Select(p => NameOption(p, command))], explained);
        return code;
    }

    // The library says "guidance rescale"; here that is --guidance-rescale.
    private static Problem NameOption(Problem problem, Command? command) =>
        problem.Where is { } where && command?.Options.FirstOrDefault(o => o.Name == "--" + where.Replace(' ', '-')) is { } option
            ? problem with { Where = option.Name } : problem;

    private static ExitCode WriteHelp(Command command, CommandOutput output)
    {
        new HelpWriter(output.Results, Console.IsOutputRedirected ? WidthWhenPiped : Math.Clamp(Console.WindowWidth, 40, 160)).Write(command);
        return ExitCode.Success;
    }

    private static ExitCode WriteVersion(CommandOutput output)
    {
        string version = typeof(CommandHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        output.Result(new { Version = version }, text => text.WriteLine(version));
        return ExitCode.Success;
    }
}
