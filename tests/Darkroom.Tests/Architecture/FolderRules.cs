namespace Darkroom.Tests.Architecture;

/// <summary>What the code of one folder may use, beside the platform, its own folder and the errors.</summary>
/// <param name="Folders">Other folders of the library.</param>
/// <param name="Packages">Assemblies of packages.</param>
public sealed record FolderRule(IReadOnlyList<string> Folders, IReadOnlyList<string> Packages);

/// <summary>Holds the table of docs/architecture.md, and finds what breaks it.</summary>
public static class FolderRules
{
    private const string Torch = "TorchSharp";
    private const string Skia = "SkiaSharp";
    private const string Plots = "ScottPlot";

    /// <summary>The folders of the library.</summary>
    public static IReadOnlyDictionary<string, FolderRule> Library { get; } = new Dictionary<string, FolderRule>
    {
        ["Schedules"] = new([], []),
        ["Diffusion"] = new(["Schedules"], [Torch]),
        ["Samplers"] = new(["Schedules", "Diffusion"], [Torch]),
        ["Guidance"] = new(["Schedules", "Diffusion"], [Torch]),
        ["Networks"] = new(["Runtime"], [Torch]),
        ["Conditioning"] = new(["Networks"], [Torch]),
        ["Text"] = new([], []),
        ["Checkpoints"] = new(["Networks", "Runtime"], [Torch]),
        ["Imaging"] = new(["Runtime"], [Skia]),
        ["Runtime"] = new(["Samplers"], [Torch]), // its noise sources implement what samplers ask for
        ["Pipelines"] = new(["Schedules", "Diffusion", "Samplers", "Guidance", "Networks", "Conditioning", "Text", "Checkpoints", "Imaging", "Runtime"], [Torch]),
        ["Attribution"] = new(["Networks", "Pipelines"], [Torch]),
        ["Training"] = new(["Schedules", "Diffusion", "Samplers", "Guidance", "Networks", "Text", "Checkpoints", "Runtime", "Imaging", "Pipelines"], [Torch, Skia, Plots]),
        ["Evaluation"] = new(["Schedules", "Diffusion", "Samplers", "Networks", "Checkpoints", "Imaging", "Pipelines", "Training", "Runtime"], [Torch, Plots]),
        ["Lecture"] = new(["Schedules", "Diffusion", "Samplers", "Guidance", "Imaging", "Runtime"], [Torch, Skia, Plots]),
    };

    /// <summary>Every use that a rule does not allow, as a sentence.</summary>
    /// <param name="uses">What uses what.</param>
    /// <param name="root">The namespace that holds the folders.</param>
    /// <param name="rules">The rules by folder.</param>
    public static IReadOnlyList<string> Violations(IEnumerable<TypeUse> uses, string root, IReadOnlyDictionary<string, FolderRule> rules)
    {
        var violations = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var use in uses)
        {
            if (Folder(use.User, root) is not { } folder) continue;
            if (!rules.TryGetValue(folder, out var rule))
                violations.Add($"The folder {folder} has no rule.");
            else if (use.Assembly is null && Folder(use.Used, root) is { } used && used != folder && !rule.Folders.Contains(used))
                violations.Add($"{use.User} uses {use.Used}, but {folder} may not use {used}.");
            else if (use.Assembly is { } assembly && !IsPlatform(assembly) && !rule.Packages.Contains(assembly))
                violations.Add($"{use.User} uses {use.Used}, but {folder} may not use {assembly}.");
        }
        return [.. violations];
    }

    private static bool IsPlatform(string assembly) => assembly.StartsWith("System.", StringComparison.Ordinal) || assembly is "System" or "netstandard";

    /// <summary>The folder of a type by its namespace; null for the root's own types (errors) and for types outside.</summary>
    private static string? Folder(string type, string root)
    {
        if (!type.StartsWith(root + ".", StringComparison.Ordinal)) return null;
        var parts = type[(root.Length + 1)..].Split('.');
        return parts.Length > 1 ? parts[0] : null;
    }
}
