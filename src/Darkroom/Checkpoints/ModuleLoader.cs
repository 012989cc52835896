using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>How the tensors of a checkpoint are put into a module.</summary>
public sealed record ModuleLoadOptions
{
    /// <summary>The dtype of floating-point parameters; null keeps the one they are stored in. Integers keep the module's.</summary>
    public ScalarType? Dtype { get; init; }

    /// <summary>Where the parameters go; null is the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>
    /// Whether four-dimensional weights are laid out with channels last in memory (their shape stays [out, in, height, width]); null
    /// follows the module's own parameter.
    /// </summary>
    public bool? ChannelsLast { get; init; }

    /// <summary>
    /// Whether every parameter gets memory of its own, as training needs; otherwise those that need no conversion share the mapped
    /// file.
    /// </summary>
    public bool Writable { get; init; }

    /// <summary>The name in front of each key in errors, such as <c>unet</c>; null for none.</summary>
    public string? Component { get; init; }
}

/// <summary>Puts the tensors of a checkpoint into a module, all of them or none missing.</summary>
public static class ModuleLoader
{
    /// <summary>
    /// Replaces every parameter and persistent buffer of a module by the tensor of the same key. The module may be built on the meta
    /// device, so that it takes no memory
    /// and no time before; no parameter exists twice.
    /// </summary>
    /// <remarks>
    /// Names and shapes are compared here, because TorchSharp copies with broadcasting: a [1,1] tensor would fill a [2,2] parameter.
    /// </remarks>
    /// <param name="module">Keys as in its state_dict. After an error its parameters are of no use: dispose it.</param>
    /// <param name="source">Exactly those keys; stays open and the caller's, and may be disposed afterwards.</param>
    /// <param name="options">How; null for the stored dtypes on the CPU.</param>
    /// <exception cref="DarkroomException">ModelMismatch, with every missing, unexpected and mis-shaped key; BadFile, with every tensor
    /// that holds NaN or infinity.</exception>
    public static void Load(nn.Module module, ITensorSource source, ModuleLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(source);
        options ??= new ModuleLoadOptions();
        var state = module.state_dict();
        var mismatches = Compare(state.ToDictionary(s => s.Key, s => (IReadOnlyList<long>)s.Value.shape, StringComparer.Ordinal),
            source, options.Component);
        if (mismatches.Count > 0) throw new DarkroomException(ErrorKind.ModelMismatch, mismatches);

        var problems = new List<Problem>();
        using (no_grad())
        {
            // In the order of the file where that is known, so that it is read from front to back.
            foreach (string name in source.Tensors.Keys)
            {
                using var scope = NewDisposeScope();
                var stored = source.Read(name);
                var placed = Place(stored, state[name], options);
                bool shared = SharesMemory(stored, placed);
                if (NonFiniteScan.Any(placed.device_type == TorchSharp.DeviceType.CPU ? placed : stored))
                    problems.Add(NonFinite(name, stored, options));
                Assign(state[name], placed);
                if (!shared) source.Release(name);
            }
        }
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, problems);
    }

    /// <summary>Every difference between the keys and shapes a network has and those a source has.</summary>
    internal static IReadOnlyList<Problem> Compare(IReadOnlyDictionary<string, IReadOnlyList<long>> expected, ITensorSource source, string? component)
    {
        var problems = new List<Problem>();
        foreach (var (name, shape) in expected)
        {
            string wanted = $"{TensorDtypes.Describe(shape)} is expected.";
            if (!source.Tensors.TryGetValue(name, out var found))
                problems.Add(new Problem($"It is missing; {wanted}", Key(component, name)));
            else if (!found.Shape.SequenceEqual(shape))
                problems.Add(new Problem($"It is {TensorDtypes.Describe(found.Shape)}; {wanted}", Key(component, name)));
        }
        foreach (var (name, found) in source.Tensors)
        {
            if (expected.ContainsKey(name)) continue;
            string shape = TensorDtypes.Describe(found.Shape);
            problems.Add(new Problem($"It is unexpected; the network has no such {shape} tensor.", Key(component, name)));
        }
        return problems;
    }

    private static Tensor Place(Tensor stored, Tensor target, ModuleLoadOptions options)
    {
        var dtype = TensorDtypes.IsFloat(stored.dtype) && TensorDtypes.IsFloat(target.dtype) ? options.Dtype ?? stored.dtype : target.dtype;
        var device = options.Device ?? CPU;
        bool channelsLast = stored.dim() == 4 && (options.ChannelsLast ?? target.stride()[1] == 1);
        var source = stored;
        if (channelsLast && stored.shape[2] * stored.shape[3] == 1)
        {
            // A 1x1 kernel lies in memory the same way in both layouts; only its strides differ.
            source = stored.view(stored.shape[0], 1, 1, stored.shape[1]).permute(0, 3, 1, 2);
            if (source.dtype == dtype && !options.Writable && device.type == TorchSharp.DeviceType.CPU) return source;
        }
        else if (!channelsLast && stored.dtype == dtype && !options.Writable)
        {
            return stored.to(device);
        }
        long[] shape = stored.shape;
        var placed = channelsLast ? empty(shape[0], shape[2], shape[3], shape[1], dtype: dtype, device: device).permute(0, 3, 1, 2)
            : empty(shape, dtype, device);
        return placed.copy_(source);
    }

    /// <summary>Gives the object that the module holds the memory of another tensor, whatever device and dtype it had.</summary>
    private static void Assign(Tensor target, Tensor value)
    {
        value.requires_grad_(target.requires_grad && TensorDtypes.IsFloat(value.dtype));
        ref nint held = ref Handle(target);
        ref nint given = ref Handle(value);
        (held, given) = (given, held);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "handle")]
    private static extern ref nint Handle(Tensor tensor);

    private static bool SharesMemory(Tensor stored, Tensor placed) => placed.device_type == TorchSharp.DeviceType.CPU
        && Address(stored) == Address(placed);

    private static unsafe nint Address(Tensor tensor)
    {
        if (tensor.numel() == 0) return 0;
        using var first = tensor.as_strided([1], [1], tensor.storage_offset());
        fixed (byte* start = first.bytes) return (nint)start;
    }

    private static Problem NonFinite(string name, Tensor stored, ModuleLoadOptions options)
    {
        string where = Key(options.Component, name);
        if (!NonFiniteScan.Any(stored)) return new Problem($"It holds numbers too large for {options.Dtype}.", where, "Load it as bf16 or f32.");
        long nan = stored.isnan().sum().item<long>(), infinite = stored.isinf().sum().item<long>();
        return new Problem($"It holds {nan} NaN and {infinite} infinite numbers among {stored.numel()}.", where,
            "The checkpoint is damaged, or its training failed.");
    }

    private static string Key(string? component, string name) => component is null ? name : $"{component}: {name}";
}
