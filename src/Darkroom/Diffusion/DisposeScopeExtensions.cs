using TorchSharp;

namespace Darkroom.Diffusion;

/// <summary>Results of several tensors that outlive the scope they were made in.</summary>
internal static class DisposeScopeExtensions
{
    extension(DisposeScope scope)
    {
        public GaussianMoments Keep(GaussianMoments moments)
        {
            scope.MoveToOuter([moments.Mean, moments.Variance, moments.LogVariance]);
            return moments;
        }
    }
}
