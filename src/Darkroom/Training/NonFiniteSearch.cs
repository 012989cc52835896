using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>Finds the layer that a NaN or an infinity comes from.</summary>
internal static class NonFiniteSearch
{
    /// <summary>Repeats a computation and watches what every layer gives.</summary>
    /// <param name="networks">Where to look.</param>
    /// <param name="compute">The computation; its result is not used.</param>
    /// <returns>The path of the first layer whose result is not finite, or null where all were finite.</returns>
    public static string? FirstLayer(IEnumerable<(string Name, nn.Module Network)> networks, Action compute)
    {
        string? first = null;
        var hooks = new List<Action>();
        foreach (var (name, network) in networks)
        {
            foreach (var (path, module) in network.named_modules())
            {
                if (module is not nn.Module<Tensor, Tensor> layer) continue;
                var hook = layer.register_forward_hook((_, _, output) =>
                {
                    if (first is null && !IsFinite(output)) first = $"{name}.{path}";
                    return output;
                });
                hooks.Add(hook.remove);
            }
        }
        try
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            compute();
            return first;
        }
        finally
        {
            foreach (var remove in hooks) remove();
        }
    }

    /// <summary>Whether all numbers of a tensor are finite.</summary>
    public static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }
}
