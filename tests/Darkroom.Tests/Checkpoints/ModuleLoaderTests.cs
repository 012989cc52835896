using Darkroom.Checkpoints;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public sealed class ModuleLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-loader-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: a module built on the meta device computes, after loading, what its counterpart in memory computes, in every layout and dtype.
    [Theory]
    [InlineData(false, false, ScalarType.Float32)]
    [InlineData(true, false, ScalarType.Float32)]
    [InlineData(true, true, ScalarType.Float64)]
    [InlineData(false, true, ScalarType.Float64)]
    public void Loads_into_a_meta_module(bool channelsLast, bool writable, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var original = new Small(CPU);
        string path = Save(original);
        using var loaded = new Small(META);
        using (var file = SafetensorsFile.Open(path))
            ModuleLoader.Load(loaded, file, new ModuleLoadOptions { Dtype = dtype, ChannelsLast = channelsLast, Writable = writable });
        Assert.All(loaded.parameters(), p => Assert.Equal(dtype, p.dtype));
        Assert.Equal(channelsLast, loaded.Wide.weight!.stride()[1] == 1);
        var x = rand(1, 3, 8, 8);
        Assert.True(allclose(original.forward(x), loaded.forward(x.to_type(dtype)).to_type(ScalarType.Float32), 1e-5, 1e-6));
    }

    // Property: without being told, a weight is laid out as the module's own parameter is.
    [Fact]
    public void Layout_follows_the_module()
    {
        using var scope = NewDisposeScope();
        using var original = new Small(CPU);
        using var network = new Convolution2d(3, 4, 3, new LayerOptions(ScalarType.Float32, META));
        using var plain = nn.Conv2d(3, 4, 3, device: META);
        using var source = new MemoryTensorSource(new Dictionary<string,
            Tensor>
        { ["weight"] = original.Wide.weight!, ["bias"] = original.Wide.bias! });
        ModuleLoader.Load(network, source);
        ModuleLoader.Load(plain, source);
        Assert.Equal(1, network.get_parameter("weight")!.stride()[1]);
        Assert.Equal(9, plain.weight!.stride()[1]);
        var x = rand(1, 3, 8, 8);
        Assert.True(allclose(plain.forward(x), nn.functional.conv2d(x, network.get_parameter("weight")!, network.get_parameter("bias")), 1e-5, 1e-6));
    }

    // Property: a loaded module can be trained and leaves the file as it was.
    [Fact]
    public void Writable_parameters_can_be_trained()
    {
        using var scope = NewDisposeScope();
        using var original = new Small(CPU);
        string path = Save(original);
        byte[] before = File.ReadAllBytes(path);
        using var loaded = new Small(META);
        using (var file = SafetensorsFile.Open(path)) ModuleLoader.Load(loaded, file, new ModuleLoadOptions { Writable = true });
        using var optimizer = optim.SGD(loaded.parameters(), 0.1);
        loaded.forward(ones(1, 3, 4, 4)).sum().backward();
        optimizer.step();
        Assert.False(loaded.Wide.weight!.equal(original.Wide.weight!).all().item<bool>());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    // Property: missing, unexpected and mis-shaped keys are all in one error, also a shape that would broadcast.
    [Fact]
    public void Reports_every_difference_at_once()
    {
        using var scope = NewDisposeScope();
        using var module = new Small(CPU);
        var tensors = module.state_dict();
        tensors["extra"] = zeros(1);
        tensors["wide.weight"] = zeros(1, 1, 1, 1);
        tensors.Remove("narrow.bias");
        using var source = new MemoryTensorSource(tensors);
        var error = Assert.Throws<DarkroomException>(() => ModuleLoader.Load(module, source, new ModuleLoadOptions { Component = "unet" }));
        Assert.Equal(ErrorKind.ModelMismatch, error.Kind);
        Assert.Equal(["unet: extra", "unet: narrow.bias", "unet: wide.weight"], error.Problems.Select(p => p.Where).Order(StringComparer.Ordinal));
        Assert.Contains("[1,1,1,1]; [4,3,3,3] is expected", error.Message, StringComparison.Ordinal);
    }

    // Property: NaN, infinity and numbers that overflow the wanted dtype are refused by name.
    [Theory]
    [InlineData(float.NaN, ScalarType.Float32, "1 NaN and 0 infinite")]
    [InlineData(float.NegativeInfinity, ScalarType.BFloat16, "0 NaN and 1 infinite")]
    [InlineData(1e6f, ScalarType.Float16, "too large for Float16")]
    public void Refuses_numbers_that_are_not_finite(float value, ScalarType dtype, string said)
    {
        using var scope = NewDisposeScope();
        using var original = new Small(CPU);
        var tensors = original.state_dict();
        using (no_grad()) tensors["wide.weight"][3, 2, 1, 1] = value;
        using var source = new MemoryTensorSource(tensors);
        using var loaded = new Small(META);
        var error = Assert.Throws<DarkroomException>(() => ModuleLoader.Load(loaded, source, new ModuleLoadOptions { Dtype = dtype }));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Contains("wide.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    // Property: the scan for non-finite numbers agrees with the tensor library at every position of every float dtype.
    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Scan_finds_a_non_finite_number_anywhere(ScalarType dtype)
    {
        for (int i = 0; i < 70; i++)
        {
            using var scope = NewDisposeScope();
            var numbers = full(70, i % 2 == 0 ? 60000.0 : -60000.0).to_type(dtype);
            Assert.False(NonFiniteScan.Any(numbers));
            numbers[i] = i % 3 == 0 ? double.NaN : double.NegativeInfinity;
            Assert.True(NonFiniteScan.Any(numbers));
        }
    }

    // Property: the scan looks at the tensor's own part of a larger memory, and at nothing else.
    [Fact]
    public void Scan_keeps_to_a_view()
    {
        using var scope = NewDisposeScope();
        var numbers = tensor(new[] { float.NaN, 1, 2, 3, float.NaN });
        Assert.False(NonFiniteScan.Any(numbers.narrow(0, 1, 3)));
        Assert.True(NonFiniteScan.Any(numbers.narrow(0, 3, 2)));
    }

    private string Save(nn.Module module)
    {
        string path = Path.Combine(_folder, "module.safetensors");
        SafetensorsWriter.Write(path, module.state_dict());
        return path;
    }

    private sealed class Small : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "wide")]
        public readonly Conv2d Wide;

        [ComponentName(Name = "narrow")]
        private readonly Conv2d _narrow;

        [ComponentName(Name = "linear")]
        private readonly Linear _linear;

        public Small(Device device)
            : base(nameof(Small))
        {
            Wide = nn.Conv2d(3, 4, 3, device: device);
            _narrow = nn.Conv2d(4, 5, 1, device: device);
            _linear = nn.Linear(5, 2, device: device);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return _linear.forward(_narrow.forward(Wide.forward(input)).mean([2, 3])).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Wide.Dispose();
                _narrow.Dispose();
                _linear.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
