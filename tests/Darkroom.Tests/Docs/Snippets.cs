namespace Darkroom.Tests.Docs;

/// <summary>
/// The C# of the documents: each block of README.md and docs/ equals one region here, so that it compiles. A block's using lines stand at
/// the top of this file.
/// </summary>
internal static class Snippets
{
}
