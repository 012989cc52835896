namespace Darkroom.Cli.Output.Progress;

/// <summary>Where work says how far it is.</summary>
internal interface IWorkProgress : IProgress<long>
{
    /// <summary>Says how many units there are, where that was not known at the beginning.</summary>
    void Expect(long total);
}
