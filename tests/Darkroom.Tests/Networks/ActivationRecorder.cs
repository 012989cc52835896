using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

/// <summary>Keeps what every module of a network returns, by its key prefix.</summary>
internal sealed class ActivationRecorder : IDisposable
{
    private readonly Dictionary<string, Tensor> _results = [];

    public ActivationRecorder(nn.Module network)
    {
        foreach (var (path, module) in network.named_modules())
        {
            switch (module)
            {
                case nn.Module<Tensor, Tensor> one:
                    one.register_forward_hook((_, _, result) => Keep(path, result));
                    break;
                case nn.Module<Tensor, Tensor?, Tensor> two:
                    two.register_forward_hook((_, _, _, result) => Keep(path, result));
                    break;
                case nn.Module<Tensor, Tensor?, Tensor?, Tensor> three:
                    three.register_forward_hook((_, _, _, _, result) => Keep(path, result));
                    break;
                case nn.Module<Tensor, Tensor?, Tensor?, Darkroom.Networks.Unet.UnetSkips, Tensor> four:
                    four.register_forward_hook((_, _, _, _, _, result) => Keep(path, result));
                    break;
            }
        }
    }

    public IReadOnlyDictionary<string, Tensor> Results => _results;

    public void Dispose()
    {
        foreach (var result in _results.Values) result.Dispose();
    }

    private Tensor Keep(string path, Tensor result)
    {
        if (_results.Remove(path, out var old)) old.Dispose();
        _results[path] = result.detach().clone().DetachFromDisposeScope();
        return result;
    }
}
