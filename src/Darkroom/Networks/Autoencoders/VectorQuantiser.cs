using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>What a vector quantiser makes of latents; the tensors belong to the caller's dispose scope.</summary>
/// <param name="Latents">z_q, [B, C, h, w]: the nearest entries; gradients pass straight through to z.</param>
/// <param name="Indices">k, [B, h, w], int64: which entries they are.</param>
/// <param name="Loss">Codebook and commitment, a scalar.</param>
/// <param name="Perplexity">exp(H) of how often the entries are used, a scalar: 1 where all latents are one entry, K where all entries are used alike.</param>
public sealed record QuantisedLatents(Tensor Latents, Tensor Indices, Tensor Loss, Tensor Perplexity);

/// <summary>
/// The discrete latents of VQ-VAE: k = argmin_j |z - e_j|^2, z_q = e_k, and the loss |sg[z] - e_k|^2 + beta |z - sg[e_k]|^2, whose first term moves the
/// codebook to the latents and whose second keeps the latents at the codebook.
/// </summary>
/// <remarks>
/// Van den Oord et al. 2017, arXiv:1711.00937, equations 1 to 3; the VQ-regularised first stage of latent diffusion (arXiv:2112.10752, section 3.1). Means, not
/// sums, are taken over all elements, as in taming-transformers.
/// </remarks>
public sealed class VectorQuantiser
{
    private readonly Tensor _codebook;
    private readonly double _beta;
    private readonly bool _legacy;

    /// <summary>A quantiser with the entries of a codebook.</summary>
    /// <param name="codebook">e, [K, C]; stays the caller's, and gets gradients where it requires them.</param>
    /// <param name="beta">Weight of the commitment; default 0.25.</param>
    /// <param name="legacy">Whether beta weighs the codebook's term instead, as released models were trained (a mistake that was kept for them).</param>
    /// <exception cref="DarkroomException">InvalidRequest: the codebook isn't [K, C].</exception>
    public VectorQuantiser(Tensor codebook, double beta = 0.25, bool legacy = false)
    {
        ArgumentNullException.ThrowIfNull(codebook);
        if (codebook.dim() != 2)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"A codebook has the shape [entries, channels], not [{string.Join(", ", codebook.shape)}].");
        (_codebook, _beta, _legacy) = (codebook, beta, legacy);
    }

    /// <summary>Quantises latents.</summary>
    /// <param name="z">[B, C, h, w].</param>
    /// <exception cref="DarkroomException">InvalidRequest: C isn't the codebook's.</exception>
    public QuantisedLatents Quantise(Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        if (z.dim() != 4 || z.shape[1] != _codebook.shape[1])
        {
            throw new DarkroomException(ErrorKind.InvalidRequest,
                $"The codebook is for latents [B, {_codebook.shape[1]}, h, w]; these are [{string.Join(", ", z.shape)}].");
        }
        using var scope = NewDisposeScope();
        var rows = z.permute(0, 2, 3, 1);                                       // [B, h, w, C]
        var flat = rows.reshape(-1, z.shape[1]);                                // [N, C]
        var indices = Nearest(flat.detach());                                   // [N]
        var entries = Entries(indices).view(rows.shape);
        var codebookTerm = (entries - rows.detach()).square().mean();
        var commitment = (entries.detach() - rows).square().mean();
        var loss = _legacy ? commitment + _beta * codebookTerm : _beta * commitment + codebookTerm;
        var straightThrough = (rows + (entries - rows).detach()).permute(0, 3, 1, 2).contiguous();
        var result = new QuantisedLatents(straightThrough, indices.view(z.shape[0], z.shape[2], z.shape[3]), loss, Perplexity(indices));
        scope.MoveToOuter([result.Latents, result.Indices, result.Loss, result.Perplexity]);
        return result;
    }

    /// <summary>e_k, [N, C].</summary>
    /// <param name="indices">k, [N], int64, in 0..K-1.</param>
    public Tensor Entries(Tensor indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return _codebook.index_select(0, indices);
    }

    /// <summary>argmin_j |z|^2 + |e_j|^2 - 2 z e_j, [N].</summary>
    private Tensor Nearest(Tensor flat)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var distances = flat.square().sum(1, keepdim: true) + _codebook.square().sum(1) - 2 * matmul(flat, _codebook.t());
        return distances.argmin(1).MoveToOuterDisposeScope();
    }

    private Tensor Perplexity(Tensor indices)
    {
        using var scope = NewDisposeScope();
        var share = indices.bincount(null, _codebook.shape[0]).to(_codebook.dtype) / indices.shape[0];
        return (-(share * (share + 1e-10).log()).sum()).exp().MoveToOuterDisposeScope();
    }
}
