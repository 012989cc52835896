using Darkroom.Pipelines;
using Darkroom.Tests.Runtime;
using Darkroom.Text.Prompts;
using TorchSharp;

namespace Darkroom.Tests.Pipelines;

public class ModelLifetimeTests
{
    // Property: networks given back after use give the same bytes as networks kept.
    [Fact]
    public void Released_networks_give_the_same_bytes()
    {
        using var kept = TinyModel.Load();
        using var released = TinyModel.Load(TinyModel.Options with { KeepLoaded = false });
        foreach (var request in Requests())
        {
            Assert.Equal(
                kept.Generate(request).Select(made => Convert.ToHexString(made.Bytes())),
                released.Generate(request).Select(made => Convert.ToHexString(made.Bytes())));
        }
    }

    // Property: generating leaves no tensor behind, whatever is made and whether networks are kept or not.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leaves_no_tensors(bool keep)
    {
        using var model = TinyModel.Load(TinyModel.Options with { KeepLoaded = keep });
        foreach (var request in Requests()) Assert.NotEmpty(model.Generate(request).ToList());
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 5; i++)
            foreach (var request in Requests()) Assert.NotEmpty(model.Generate(request).ToList());
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Property: generations that are cancelled, or abandoned between pictures, leave no tensor behind either.
    [Fact]
    public void Leaves_no_tensors_when_stopped()
    {
        using var model = TinyModel.Load();
        model.TextToImage(TinyModel.Request);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (var request in Requests())
        {
            using var cancellation = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() =>
                model.Generate(request, new CancelAtOnce(cancellation), cancellation: cancellation.Token).ToList());
            Assert.NotNull(model.Generate(request with { Batch = 3 }).First());
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Property: two threads that use one model get what each gets alone.
    [Fact]
    public void Threads_wait_for_each_other()
    {
        using var model = TinyModel.Load();
        var requests = Enumerable.Range(0, 4).Select(i => TinyModel.Request with { Seed = i, Width = 64 + 8 * i, Batch = 2, Sampler = "euler_a" }).ToList();
        string[] Made(TextToImageRequest request) => [.. model.Generate(request).Select(made => Convert.ToHexString(made.Bytes()))];
        var alone = requests.Select(Made).ToList();
        var together = new string[requests.Count][];
        var threads = requests.Select((request, i) => new Thread(() => together[i] = Made(request))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(alone, together);
    }

    // Property: a disposed model says so; one that is disposed while a picture is made waits for it.
    [Fact]
    public void Disposing_waits_and_is_final()
    {
        var model = TinyModel.Load();
        var pictures = model.Generate(TinyModel.Request with { Batch = 2 }).GetEnumerator();
        Assert.True(pictures.MoveNext());
        var disposing = new Thread(model.Dispose);
        byte[] last = model.TextToImage(TinyModel.Request with { Steps = 4 }, new Started(disposing)).Bytes();
        disposing.Join();
        Assert.NotEmpty(last);
        Assert.Throws<ObjectDisposedException>(() => pictures.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => model.TextToImage(TinyModel.Request));
        model.Dispose();
    }

    // Property: memory does not grow over 100 generations.
    [Fact]
    [Trait("Category", "Slow")]
    public void Memory_stays_flat()
    {
        using var model = TinyModel.Load();
        for (int i = 0; i < 30; i++) Once();
        long before = ResidentMemory.Measure();
        for (int i = 0; i < 100; i++) Once();
        long grown = (ResidentMemory.Measure() - before) / (1 << 20);

        // About 3 MB were measured; 16 leave room for what the allocator and the garbage collector keep. That is 40 KB for each of the 400 pictures: a
        // network that is leaked is seen at once. Leaks of single tensors are smaller, and found by the count of live tensors above.
        Assert.True(grown <= 16, $"grew by {grown} MB");

        void Once()
        {
            foreach (var request in Requests()) Assert.NotEmpty(model.Generate(request).ToList());
        }
    }

    private static IEnumerable<GenerationRequest> Requests()
    {
        var colours = TinyModel.Colours(64, 64);
        yield return TinyModel.Request with { Batch = 2, Sampler = "DPM++ 2M SDE Karras", PreviewEvery = 1 };
        yield return new ImageToImageRequest("[a:b:0.5] AND c", colours)
        {
            Seed = 1,
            Steps = 2,
            Strength = 0.9,
            PromptSyntax = PromptSyntax.A1111,
            GuidanceRescale = 0.5,
        };
        yield return new InpaintRequest("a", colours, TinyModel.Mask(64, 64)) { Seed = 1, Steps = 2, VariationSeed = 2, VariationStrength = 0.1 };
    }

    private sealed class CancelAtOnce(CancellationTokenSource cancellation) : IProgress<SamplingStep>
    {
        public void Report(SamplingStep value) => cancellation.Cancel();
    }

    private sealed class Started(Thread thread) : IProgress<SamplingStep>
    {
        public void Report(SamplingStep value)
        {
            if (value.Evaluation == 1) thread.Start();
        }
    }
}
