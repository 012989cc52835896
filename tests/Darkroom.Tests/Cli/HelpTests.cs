using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;

namespace Darkroom.Tests.Cli;

public class HelpTests
{
    private static readonly RootCommand Root = CommandTree.Build(new GlobalOptions(), new Settings(_ => null, []));

    private static IEnumerable<Command> Commands => CommandTree.Flatten(Root).Where(c => !c.Hidden);

    // Property: the root help lists every command once, under its group, with all second columns aligned.
    [Fact]
    public void Root_help_lists_every_command_in_aligned_columns()
    {
        var result = DarkroomProcess.Run("--help");
        Assert.Equal(0, result.ExitCode);
        var lines = result.Output.Split('\n');
        var columns = new HashSet<int>();
        foreach (var command in Root.Subcommands.Where(c => !c.Hidden))
        {
            string line = Assert.Single(lines, l => l.StartsWith($"  {command.Name} ", StringComparison.Ordinal));
            columns.Add(line.Length - line[(2 + command.Name.Length)..].TrimStart().Length);
        }
        Assert.Single(columns);
        Assert.All(Root.Subcommands.OfType<CliCommand>().Where(c => !c.Hidden), c => Assert.Contains(c.Group.ToString(), lines));
        Assert.All(lines, l => Assert.True(l.Length <= 120, l));
    }

    // Property: without a command, darkroom shows its help.
    [Fact]
    public void No_words_show_the_root_help() => Assert.Equal(DarkroomProcess.Run("--help").Output, DarkroomProcess.Run().Output);

    // Property: the help of every command names its arguments and options and shows an example that calls it.
    [Fact]
    public void Help_of_every_command_is_complete()
    {
        foreach (var command in Commands)
        {
            using var text = new StringWriter();
            new HelpWriter(text, 100).Write(command);
            string help = text.ToString();
            Assert.False(string.IsNullOrWhiteSpace(command.Description));
            Assert.All(command.Arguments, a => Assert.Contains(a.Name, help, StringComparison.Ordinal));
            Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.Contains(o.Name, help, StringComparison.Ordinal));
            if (command is not CliCommand leaf) continue;
            Assert.NotEmpty(leaf.Examples);
            Assert.All(leaf.Examples, e => Assert.Contains(CommandTree.PathOf(command), e.CommandLine, StringComparison.Ordinal));
        }
    }

    // Property: the help of a training explains its settings with the values of its preset.
    [Fact]
    public void Trainings_explain_their_settings()
    {
        var trainings = Commands.OfType<CliCommand>().Where(c => c.Options.Any(o => o.Name == "--set")).ToList();
        Assert.NotEmpty(trainings);
        Assert.All(trainings, command => Assert.NotEmpty(command.Changeable));
        string help = DarkroomProcess.Run("train", "latent", "--help").Output;
        Assert.Matches("training.batchSize +Pictures in a step.*\\n? +\\[preset: 32\\]", help);
    }

    // Property: every option is made by CliOptions, so that settings, help and suggestions know it, and says what it is for.
    [Fact]
    public void Every_option_is_known_to_the_host() => Assert.All(Commands.Prepend(Root).SelectMany(c => c.Options), o =>
    {
        Assert.IsAssignableFrom<ICliOption>(o);
        Assert.False(string.IsNullOrWhiteSpace(o.Description), o.Name);
    });

    // Property: help names every exit code.
    [Fact]
    public void Root_help_lists_the_exit_codes()
    {
        string help = DarkroomProcess.Run("--help").Output;
        Assert.All(Enum.GetValues<ExitCode>(), c => Assert.Contains($"\n  {(int)c} ", help, StringComparison.Ordinal));
    }
}
