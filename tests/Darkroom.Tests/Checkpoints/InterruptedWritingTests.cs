using System.Diagnostics;
using Darkroom.Checkpoints;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>What is at the final name when writing ends early.</summary>
public sealed class InterruptedWritingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-interrupted-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: kill -9 and Ctrl+C while a file or folder is written leave nothing at its final name; after Ctrl+C nothing is left at all.
    [Theory]
    [InlineData("out.safetensors", "KILL")]
    [InlineData("out.safetensors", "INT")]
    [InlineData("out-folder", "KILL")]
    [InlineData("out-folder", "INT")]
    public void Nothing_broken_is_left(string output, string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are sent with kill.");
        string model = Path.Combine(_folder, "model"), target = Path.Combine(_folder, output);
        WriteLargeModel(model);
        using var process = DarkroomProcess.Start(["convert", model, target, "--dtype", "f32"]);
        var started = Stopwatch.StartNew();
        while (!BeingWritten())
        {
            Assert.True(started.Elapsed < TimeSpan.FromSeconds(60) && !Path.Exists(target), "The conversion was not seen at work.");
            Thread.Sleep(2);
        }
        process.Signal(signal);
        var result = process.Wait();
        Assert.False(Path.Exists(target));
        if (signal == "INT")
        {
            Assert.Equal(130, result.ExitCode);
            Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(_folder).Select(p => Path.GetFileName(p)));
        }

        bool BeingWritten() => Directory.EnumerateFileSystemEntries(_folder, ".darkroom-*")
            .Any(e => !Directory.Exists(e) || Directory.EnumerateFiles(e, "*", SearchOption.AllDirectories).Any());
    }

    // Property: a full disk is said to be full, for a file and for a folder, and nothing is left on it.
    [Theory]
    [InlineData("out.safetensors")]
    [InlineData("out-folder")]
    public void A_full_disk_is_reported(string output)
    {
        string disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(OperatingSystem.IsLinux()
            && Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk) == 0, "A small disk can only be mounted by root on Linux.");
        try
        {
            string model = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd1"), _folder);
            var result = DarkroomProcess.Run(["convert", model, Path.Combine(disk, output)]);
            Assert.Equal(6, result.ExitCode);
            Assert.Contains("disk is full", result.Error, StringComparison.OrdinalIgnoreCase);
            Assert.Empty(Directory.EnumerateFileSystemEntries(disk));
        }
        finally
        {
            Run("umount", disk);
        }
    }

    /// <summary>A folder like the golden sd1 whose text encoder has 200 MB.</summary>
    private static void WriteLargeModel(string folder)
    {
        foreach (string part in (string[])["unet", "vae", "text_encoder"])
        {
            string golden = GoldenData.PathOf($"models/checkpoints/sd1/{part}"), target = Path.Combine(folder, part);
            Directory.CreateDirectory(target);
            File.Copy(Path.Combine(golden, "config.json"), Path.Combine(target, "config.json"));
            string weights = Directory.EnumerateFiles(golden, "*.safetensors").Single();
            using var scope = NewDisposeScope();
            using var source = SafetensorsFile.Open(weights);
            var tensors = source.Tensors.Keys.ToDictionary(k => k, source.Read);
            if (part == "text_encoder")
                for (int i = 4; i < 104; i++) tensors[$"text_model.encoder.layers.{i}.mlp.fc1.weight"] = zeros([1000, 1000], ScalarType.Float16);
            SafetensorsWriter.Write(Path.Combine(target, Path.GetFileName(weights)), tensors);
        }
        File.Copy(GoldenData.PathOf("models/checkpoints/sd1/model_index.json"), Path.Combine(folder, "model_index.json"));
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
