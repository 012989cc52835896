using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Training.Tokenizers;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train tokenizer: the vocabulary of a text encoder.</summary>
internal sealed class TrainTokenizerCommand : CliCommand
{
    private const string Preset = "scenes-tokenizer";

    private readonly ConfigurationOptions _options;
    private readonly CliOption<string?> _output = CliOptions.Path("--output", "FOLDER", "Where the tokenizer goes. Must be given.", configurable: false);

    public TrainTokenizerCommand() : base("tokenizer",
        "Learn a byte-pair vocabulary from the captions of a data set, in CLIP's file format. Frequent words become single tokens, and any other text is " +
        "spelled in smaller pieces, so a small vocabulary can still read everything.")
    {
        _options = new ConfigurationOptions(this, Preset);
        Options.Add(_output);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train tokenizer --output runs/tokenizer", "the tokenizer of the embedded model"),
        new("darkroom train tokenizer --output runs/tokenizer --set size=2000", "a larger vocabulary"),
    ];

    public override IReadOnlyList<SettingHelp> Changeable => SettingDescriptions.Of<TokenizerTraining>(Preset,
    [
        ("size", "The most tokens: 514 for single bytes, start and end, so that any text can be read; the rest for frequent words."),
        ("rowLength", "The longest text in tokens, with start and end."),
        ("captions", "How many captions are read."),
        .. SettingDescriptions.Data.Take(2),
    ]);

    public override ExitCode Run(CommandContext context)
    {
        string folder = context.Get(_output)
            ?? throw new DarkroomException(ErrorKind.InvalidRequest, "The folder for the tokenizer is missing.", "--output", "Name a folder, such as --output runs/tokenizer.");
        var tokenizer = _options.Read<TokenizerTraining>(context).Run(folder);
        context.Output.Result(new Report(Path.GetFullPath(folder), tokenizer.VocabularySize, tokenizer.RowLength),
            text => text.WriteLine($"A tokenizer of {tokenizer.VocabularySize} tokens is in {folder}."));
        return ExitCode.Success;
    }

    private sealed record Report(string Folder, int Tokens, int RowLength);
}
