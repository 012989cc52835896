using System.Diagnostics;
using System.Text.Json;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Text;

public class TokensCommandTests
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "Darkroom.Cli.dll");

    // Property: the command gives the golden ids of every text, line by line, for each of its tokenizers.
    [Theory]
    [Trait("Category", "Golden")]
    [InlineData("clip-sd1", "--tokenizer", "clip")]
    [InlineData("clip-sd2", "--tokenizer", "openclip")]
    [InlineData("bert", "--tokenizer", "bert")]
    public void Golden_texts_go_through_the_command(string file, params string[] options)
    {
        var goldens = GoldenData.JsonLines($"text/{file}.jsonl").ToList();
        var result = RunWithInput(["tokens", "--jsonl", .. options],
            goldens.Select(g => JsonSerializer.Serialize(new { text = g.GetProperty("text").GetString() })));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Error);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(goldens.Count, lines.Length);
        int verified = goldens.Zip(lines).Count(p => p.First.GetProperty("ids").GetRawText() == IdsOf(p.Second));
        GoldenReport.Add($"text/{file} (command line)", goldens.Count, verified);
        Assert.Equal(goldens.Count, verified);
    }

    // Property: answering does not load libtorch.
    [Fact]
    public void Libtorch_is_not_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the list of mapped files from /proc");
        using var process = Process.Start(DarkroomProcess.StartInfo("dotnet", [Assembly, "tokens", "--jsonl"]))!;
        process.StandardInput.WriteLine("{\"text\":\"a cat\"}");
        process.StandardInput.Flush();
        Assert.Equal("{\"ids\":[49406,320,2368,49407]}", process.StandardOutput.ReadLine());
        string maps = File.ReadAllText($"/proc/{process.Id}/maps");
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Contains("Darkroom.dll", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", maps, StringComparison.OrdinalIgnoreCase);
    }

    // Property: --json shows parts, texts, chunks, weights and words of a prompt in the syntax of A1111.
    [Fact]
    public void A_prompt_is_taken_apart()
    {
        var result = DarkroomProcess.Run("tokens", "--json", "--steps", "10", "a (red:1.5) [cat:dog:0.5] AND sea :0.7");
        Assert.Equal(0, result.ExitCode);
        var texts = result.Json.GetProperty("texts").EnumerateArray().ToList();
        Assert.Equal(["a (red:1.5) cat", "a (red:1.5) dog", " sea"], texts.Select(t => t.GetProperty("text").GetString()));
        Assert.Equal([1, 1, 0.7], texts.Select(t => t.GetProperty("weight").GetDouble()));
        Assert.Equal(5, texts[0].GetProperty("until_step").GetInt32());
        var chunk = texts[0].GetProperty("chunks")[0];
        Assert.Equal(77, chunk.GetProperty("ids").GetArrayLength());
        Assert.Equal(77, chunk.GetProperty("weights").GetArrayLength());
        var tokens = chunk.GetProperty("tokens").EnumerateArray().ToList();
        Assert.Equal(["a", "red", "cat"], tokens.Select(t => t.GetProperty("word").GetString()));
        Assert.Equal([1, 1.5, 1], tokens.Select(t => t.GetProperty("weight").GetDouble()));
    }

    // Property: in the plain syntax the cut-off text is a warning, not silence.
    [Fact]
    public void Truncation_is_reported()
    {
        var result = DarkroomProcess.Run("tokens", "--prompt-syntax", "plain", string.Concat(Enumerable.Repeat("word ", 75)) + "last words");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("last words", result.Error, StringComparison.Ordinal);
    }

    // Property: a bad line of input is refused with its number, exit code 4, after the answers to the lines before it.
    [Theory]
    [InlineData("not json")]
    [InlineData("{\"txt\":\"a\"}")]
    [InlineData("{\"text\":\"\\ud800\"}")]
    public void A_bad_line_is_refused(string line)
    {
        var result = RunWithInput(["tokens", "--jsonl"], ["{\"text\":\"a\"}", line, "{\"text\":\"b\"}"]);
        Assert.Equal(4, result.ExitCode);
        Assert.Equal("{\"ids\":[49406,320,49407]}", result.Output.Trim());
        Assert.Contains("line 2", result.Error, StringComparison.Ordinal);
    }

    // Property: without a prompt, and with a weight that is no number, the command line is refused with exit code 2.
    [Theory]
    [InlineData("tokens")]
    [InlineData("tokens", "(a:1.2.3)")]
    public void Wrong_requests_are_refused(params string[] arguments) => Assert.Equal(2, DarkroomProcess.Run(arguments).ExitCode);

    private static string IdsOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("ids").GetRawText();
    }

    private static DarkroomResult RunWithInput(IEnumerable<string> arguments, IEnumerable<string> lines)
    {
        long started = Stopwatch.GetTimestamp();
        using var process = Process.Start(DarkroomProcess.StartInfo("dotnet", arguments.Prepend(Assembly)))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            foreach (string line in lines) process.StandardInput.WriteLine(line);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command has refused its input and ended.
        }
        process.WaitForExit();
        return new DarkroomResult(process.ExitCode, output.Result, error.Result, Stopwatch.GetElapsedTime(started));
    }
}
