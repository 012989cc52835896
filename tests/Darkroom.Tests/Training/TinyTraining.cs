using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Training;

/// <summary>Command lines of trainings that are over in seconds.</summary>
internal static class TinyTraining
{
    public static string[] Autoencoder(string run, int steps, params string[] more) =>
    [
        "train", "autoencoder", "--run", run, "--set", $"training.steps={steps}", "--set", "training.batchSize=4", "--set", "training.threads=1",
        "--set", "training.precision=f32", "--set", "training.logEvery=1", "--set", "training.evaluateEvery=0", "--set", "training.sampleEvery=0",
        "--set", "network.block_out_channels=[8,16,16]", "--set", $"data.path={Emoji}", "--set", "data.edge=32", "--set", "crop=16",
        "--set", "evaluationPictures=4", .. more,
    ];

    public static string[] Tokenizer(string output) =>
        ["train", "tokenizer", "--output", output, "--set", "captions=2000"];

    public static string[] Latent(string run, string firstStage, string tokenizer, int steps, params string[] more) =>
    [
        "train", "latent", "--run", run, "--set", $"training.steps={steps}", "--set", "training.batchSize=4", "--set", "training.threads=1",
        "--set", "training.precision=f32", "--set", "training.logEvery=1", "--set", $"training.evaluateEvery={steps}", "--set", $"training.sampleEvery={steps}",
        "--set", $"firstStage={firstStage}", "--set", $"tokenizer={tokenizer}", "--set", "unet.block_out_channels=[16,16,16]", "--set", "unet.sample_size=8",
        "--set", "textEncoder.num_hidden_layers=1", "--set", $"data.path={Emoji}", "--set", "data.edge=32", "--set", "cachedPictures=64",
        "--set", "sampleSteps=2", .. more,
    ];

    private static string Emoji { get; } = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji");
}
