namespace Darkroom.Training.Data;

/// <summary>
/// An endless sequence of samples: number p is the same whenever, wherever and in whatever order it is asked for. A training's place in its data is
/// therefore one number, and a resumed training sees what an uninterrupted one would have seen.
/// </summary>
/// <typeparam name="TSample">One sample.</typeparam>
public interface ISampleSequence<out TSample>
{
    /// <summary>Sample number <paramref name="position"/>. Called from several threads at once.</summary>
    /// <param name="position">0-based.</param>
    TSample this[long position] { get; }
}
