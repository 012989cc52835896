using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>The moving average of the weights: average -= (1 - decay_n) * (average - weight).</summary>
/// <remarks>
/// As in CompVis' LitEma and diffusers' EMAModel, which begin with the initial weights. In float32 whatever the network computes in.
/// </remarks>
internal sealed class ExponentialMovingAverage : IDisposable
{
    private readonly EmaSettings _settings;
    private readonly Tensor[] _averages;

    /// <param name="settings">The rule of the decay.</param>
    /// <param name="weights">Where the averages begin.</param>
    public ExponentialMovingAverage(EmaSettings settings, IReadOnlyList<Tensor> weights)
    {
        _settings = settings;
        _averages = [.. weights.Select(w => w.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The averages, in the order of the weights.</summary>
    public IReadOnlyList<Tensor> Averages => _averages;

    /// <summary>How many updates were made.</summary>
    public long Updates { get; set; }

    /// <summary>Takes the weights of one more step into the average.</summary>
    public void Update(IReadOnlyList<Tensor> weights)
    {
        using var guard = no_grad();
        double decay = Decay(++Updates);
        for (int i = 0; i < _averages.Length; i++)
        {
            using var scope = NewDisposeScope();
            _averages[i].sub_((_averages[i] - weights[i]).mul_(1 - decay));
        }
    }

    private double Decay(long update) => _settings.Form switch
    {
        EmaForm.Constant => _settings.Decay,
        EmaForm.CompVis => EmaDecay.LitEma(update, _settings.Decay),
        EmaForm.Diffusers => EmaDecay.Diffusers(update, _settings.Decay),
        EmaForm.Power => EmaDecay.Diffusers(update, _settings.Decay, warmUp: true, inverseGamma: _settings.InverseGamma, power: _settings.Power),
        _ => throw new ArgumentOutOfRangeException(nameof(update), _settings.Form, "There is no such rule."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var average in _averages) average.Dispose();
    }
}
