using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>What the reader itself does where a pickle calls a name.</summary>
internal enum PickleCall
{
    /// <summary>The name may be referred to, but not called.</summary>
    None,

    /// <summary>Makes a dict.</summary>
    Dictionary,

    /// <summary>Makes a dict, whose items are the parameters in the state it is built from.</summary>
    ParameterDictionary,

    /// <summary>Describes a view of a storage.</summary>
    Tensor,

    /// <summary>Takes its first argument, a tensor.</summary>
    Parameter,

    /// <summary>Makes a value that is not kept.</summary>
    Inert,
}

/// <summary>The names a checkpoint may refer to. Everything else is refused.</summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, PickleCall> Calls = new(StringComparer.Ordinal)
    {
        ["collections.OrderedDict"] = PickleCall.Dictionary,
        ["torch.nn.modules.container.ParameterDict"] = PickleCall.ParameterDictionary,
        ["torch._utils._rebuild_tensor_v2"] = PickleCall.Tensor,
        ["torch._utils._rebuild_tensor"] = PickleCall.Tensor,
        ["torch._utils._rebuild_parameter"] = PickleCall.Parameter,
        ["torch.Size"] = PickleCall.Inert,
        ["torch.device"] = PickleCall.Inert,
        ["numpy.dtype"] = PickleCall.Inert,
        ["numpy.core.multiarray.scalar"] = PickleCall.Inert,
        ["numpy._core.multiarray.scalar"] = PickleCall.Inert,
        ["_codecs.encode"] = PickleCall.Inert,
        ["builtins.set"] = PickleCall.Inert,
    };

    private static readonly Dictionary<string, ScalarType> Storages = new(StringComparer.Ordinal)
    {
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.LongStorage"] = ScalarType.Int64,
        ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ShortStorage"] = ScalarType.Int16,
        ["torch.CharStorage"] = ScalarType.Int8,
        ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
        ["torch.ComplexFloatStorage"] = ScalarType.ComplexFloat32,
    };

    private static readonly HashSet<string> DtypeNames = new(StringComparer.Ordinal)
    {
        "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16", "torch.int8",
        "torch.uint8", "torch.bool",
    };

    /// <summary>Training frameworks whose class names appear in checkpoints as keys and values beside the weights.</summary>
    private static readonly string[] TrainingFrameworks = ["pytorch_lightning", "lightning", "lightning_fabric", "lightning_lite"];

    /// <summary>What calling the name does; null where the name may not even be referred to.</summary>
    public static PickleCall? Find(PickleName name)
    {
        // A dotted name inside a module reaches into other modules.
        if (name.Name.Contains('.', StringComparison.Ordinal)) return null;
        string full = name.ToString();
        if (Calls.TryGetValue(full, out var call)) return call;
        return Storages.ContainsKey(full) || DtypeNames.Contains(full)
            || TrainingFrameworks.Contains(name.Module.Split('.')[0], StringComparer.Ordinal)
            ? PickleCall.None : null;
    }

    /// <summary>The dtype of a typed storage class; null for other names.</summary>
    public static ScalarType? StorageDtype(PickleName name) => Storages.TryGetValue(name.ToString(), out var dtype) ? dtype : null;
}
