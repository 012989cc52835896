using System.Diagnostics;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training;

namespace Darkroom.Tests.Training;

public class TrainingProcessTests
{
    // Property: killed at any moment with SIGKILL, a training goes on from a good checkpoint and ends with the very weights of one that was left alone.
    [Fact]
    public void Kill_9_leaves_the_last_good_checkpoint()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There is no SIGKILL on Windows.");
        using var folder = new TemporaryFolder();
        const int steps = 40;
        string killed = folder.File("killed"), whole = folder.File("whole");
        var run = new RunFolder(killed);
        string[] often = ["--set", "training.saveEvery=1"];
        for (int kill = 0; kill < 3; kill++)
        {
            string[] arguments = [.. TinyTraining.Autoencoder(killed, steps, often), .. kill == 0 ? Array.Empty<string>() : ["--resume"]];
            using var process = DarkroomProcess.Start(arguments);
            process.WaitForMessage($"step {8 * (kill + 1)}/{steps}");
            Thread.Sleep(7 * kill);                                  // another moment of the step each time
            process.Signal("KILL");
            Assert.Equal(137, process.Wait().ExitCode);
            AssertReadable(run.LastCheckpoint!);
        }
        Assert.Equal(0, DarkroomProcess.Run(TinyTraining.Autoencoder(killed, steps, [.. often, "--resume"])).ExitCode);
        Assert.Equal(0, DarkroomProcess.Run(TinyTraining.Autoencoder(whole, steps)).ExitCode);
        Assert.Empty(Directory.EnumerateFiles(killed, ".darkroom-*", SearchOption.AllDirectories));
        Assert.Equal(Model(new RunFolder(whole)), Model(run));
    }

    // Property: a full disk ends the training with a clear error and its own exit code, and the last checkpoint is intact.
    [Fact]
    public void A_full_disk_is_named_and_the_last_checkpoint_is_intact()
    {
        using var folder = new TemporaryFolder();
        using var disk = SmallDisk.TryMount(folder.File("disk"), kilobytes: 1500);
        if (disk is null) Assert.Skip("This needs the right to mount a small file system.");
        var run = new RunFolder(Path.Combine(disk.Path, "run"));
        var result = DarkroomProcess.Run(TinyTraining.Autoencoder(run.Root, 40, "--set", "training.saveEvery=2", "--set", "training.keepCheckpoints=5"));
        Assert.Equal(6, result.ExitCode);
        Assert.Contains("The disk is full", result.Error);
        AssertReadable(run.LastCheckpoint!);
        Assert.Empty(Directory.EnumerateFiles(run.Root, ".darkroom-*", SearchOption.AllDirectories));
    }

    // Property: Ctrl+C saves, says so, and the training can be resumed; without --resume nothing that exists is overwritten.
    [Fact]
    public void Ctrl_C_saves()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There is no SIGINT for a process on Windows.");
        using var folder = new TemporaryFolder();
        string path = folder.File("run");
        using (var process = DarkroomProcess.Start(TinyTraining.Autoencoder(path, 100_000)))
        {
            process.WaitForMessage("step 3/");
            process.Signal("INT");
            var stopped = process.Wait();
            Assert.Equal(130, stopped.ExitCode);
            Assert.Contains("everything is saved", stopped.Output);
        }
        AssertReadable(new RunFolder(path).LastCheckpoint!);
        Assert.Equal(6, DarkroomProcess.Run(TinyTraining.Autoencoder(path, 5)).ExitCode);
        Assert.Equal(0, DarkroomProcess.Run("train", "autoencoder", "--run", path, "--resume", "--set", "training.steps=4").ExitCode);
    }

    // Property: the three commands in their order make a model in the diffusers layout, with a sheet of samples; words can be held to their things where these are known.
    [Fact]
    public void The_three_commands_make_a_model()
    {
        using var folder = new TemporaryFolder();
        string tokenizer = folder.File("tokenizer"), firstStage = folder.File("first"), latent = folder.File("latent");
        Assert.Equal(0, DarkroomProcess.Run(TinyTraining.Tokenizer(tokenizer)).ExitCode);
        Assert.Equal(0, DarkroomProcess.Run(TinyTraining.Autoencoder(firstStage, 4)).ExitCode);
        var result = DarkroomProcess.Run(TinyTraining.Latent(latent, Path.Combine(firstStage, "model"), tokenizer, 4, "--set", "groundingWeight=0.1"));
        Assert.True(result.ExitCode == 0, result.Error);
        string model = new RunFolder(latent).Model;
        foreach (string file in new[] { "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors", "text_encoder/config.json", "text_encoder/model.safetensors", "tokenizer/vocab.json",
            "scheduler/scheduler_config.json" })
            Assert.True(File.Exists(Path.Combine(model, file)), file);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(latent, "samples")));
        Assert.Equal("step,loss,loss_with_words,loss_without_words,words_on_things", File.ReadLines(new RunFolder(latent).Evaluations).First());
        var unknown = DarkroomProcess.Run(TinyTraining.Latent(folder.File("emoji"), Path.Combine(firstStage, "model"), tokenizer, 4, "--set", "groundingWeight=0.1", "--set", "data.kind=emoji"));
        Assert.Contains("groundingWeight", unknown.Error);
    }

    // Property: a misspelt setting is refused by name instead of being ignored.
    [Fact]
    public void A_misspelt_setting_is_refused()
    {
        using var folder = new TemporaryFolder();
        var result = DarkroomProcess.Run(TinyTraining.Autoencoder(folder.File("run"), 1, "--set", "training.stepz=3"));
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("stepz", result.Error);
    }

    private static byte[] Model(RunFolder run) => File.ReadAllBytes(Path.Combine(run.Model, "vae", "diffusion_pytorch_model.safetensors"));

    private static void AssertReadable(string checkpoint)
    {
        var tensors = new GoldenTensors(checkpoint);
        foreach (string name in tensors.Names) tensors[name].Dispose();
        Assert.Contains("random", tensors.Names);
    }

    /// <summary>A file system in memory that is soon full.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public static SmallDisk? TryMount(string path, int kilobytes)
        {
            if (!OperatingSystem.IsLinux()) return null;
            Directory.CreateDirectory(path);
            return Succeeds("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path) ? new SmallDisk(path) : null;
        }

        public void Dispose() => Succeeds("umount", Path);

        private static bool Succeeds(string program, params string[] arguments)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
                process!.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}
