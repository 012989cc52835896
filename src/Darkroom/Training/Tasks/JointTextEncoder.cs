using Darkroom.Networks.TextEncoders;
using Darkroom.Text;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>A text encoder that learns together with the denoiser, as in latent diffusion (arXiv:2112.10752, section 3.3); dropped words are the empty text.</summary>
/// <param name="network">Stays the caller's.</param>
/// <param name="tokenizer">The one that made the tokens.</param>
public sealed class JointTextEncoder(ClipTextEncoder network, ITextTokenizer tokenizer) : ITextConditioner
{
    private readonly int[] _empty = tokenizer.Row("");

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => network.named_parameters().Select(p => ("text_encoder." + p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("text_encoder", network)];

    /// <inheritdoc/>
    public Tensor Context(IReadOnlyList<LatentSample> batch, IReadOnlyList<bool> dropped)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        long[] ids = [.. batch.SelectMany((sample, i) => dropped[i] ? _empty : sample.Tokens).Select(id => (long)id)];
        return network.Encode(tensor(ids, [batch.Count, _empty.Length])).LastHiddenState.MoveToOuterDisposeScope();
    }
}
