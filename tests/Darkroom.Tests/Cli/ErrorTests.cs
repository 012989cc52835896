using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;

namespace Darkroom.Tests.Cli;

public class ErrorTests
{
    // Property: with --json, an error is one JSON document on stderr with its kind, its exit code and every problem.
    [Fact]
    public void Errors_are_json_too()
    {
        var result = DarkroomProcess.Run("config", "--json", "--quite", "--verbos");
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        var error = result.ErrorJson.GetProperty("error");
        Assert.Equal("invalid_request", error.GetProperty("kind").GetString());
        Assert.Equal(2, error.GetProperty("exit_code").GetInt32());
        Assert.Equal(2, error.GetProperty("problems").GetArrayLength());
        Assert.Equal("Did you mean --quiet?", error.GetProperty("problems")[0].GetProperty("remedy").GetString());
    }

    // Property: every kind of error has an exit code of its own, none of which says success or defect.
    [Fact]
    public void Every_kind_has_its_exit_code()
    {
        var codes = Enum.GetValues<ErrorKind>().Select(ExitCodes.Of).ToList();
        Assert.Equal(codes.Count, codes.Distinct().Count());
        Assert.DoesNotContain(ExitCode.Success, codes);
        Assert.DoesNotContain(ExitCode.Defect, codes);
    }

    // Property: a full disk, a missing file and too little memory are explained; an unexpected exception is called a defect.
    [Fact]
    public void Known_exceptions_are_explained()
    {
        Assert.Equal(ErrorKind.OutputFailed, ErrorTranslation.Explain(new IOException("No space left on device", 28))!.Kind);
        Assert.Equal(ErrorKind.NotFound, ErrorTranslation.Explain(new FileNotFoundException("gone", "a.safetensors"))!.Kind);
        Assert.Equal(ErrorKind.Environment, ErrorTranslation.Explain(new InsufficientMemoryException())!.Kind);
        Assert.Equal(ErrorKind.Environment, ErrorTranslation.Explain(new TypeInitializationException("torch",
            new NotSupportedException("doesn't contain a reference to libtorch-cpu-linux-x64")))!.Kind);
        Assert.Null(ErrorTranslation.Explain(new InvalidOperationException("unexpected")));
        Assert.Contains("defect", ErrorTranslation.Defect(new InvalidOperationException("unexpected")).What, StringComparison.Ordinal);
    }

    // Property: a stack trace is written with --verbose only.
    [Theory]
    [InlineData("Normal", false)]
    [InlineData("Verbose", true)]
    public void Stack_traces_need_verbose(string verbosity, bool shown)
    {
        Exception thrown;
        try
        {
            throw new DarkroomException(ErrorKind.BadFile, "The file is damaged.", "a.safetensors", "Download it again.");
        }
        catch (DarkroomException error)
        {
            thrown = error;
        }
        using var messages = new StringWriter();
        new CommandOutput(TextWriter.Null, messages, json: false, Enum.Parse<Verbosity>(verbosity), terminal: false)
            .Error("BadFile", ExitCode.BadFile, ((DarkroomException)thrown).Problems, thrown);
        Assert.StartsWith($"error: a.safetensors: The file is damaged.{Environment.NewLine}  Download it again.", messages.ToString(), StringComparison.Ordinal);
        Assert.Equal(shown, messages.ToString().Contains("   at ", StringComparison.Ordinal));
    }
}
