using System.Text.RegularExpressions;

namespace Darkroom.Runtime;

/// <summary>From what the system's loader says to what a person can do.</summary>
internal static partial class NativeTorchProblem
{
    /// <summary>The problem behind a native library that did not load.</summary>
    /// <param name="file">The library that was found; null where there is none.</param>
    /// <param name="loaderMessage">What the system's loader says of it; null where it loads on its own.</param>
    /// <param name="windows">Whether the system is Windows; of this machine where null.</param>
    public static Problem Of(string? file, string? loaderMessage, bool? windows = null)
    {
        if (file is null)
        {
            return new Problem("The native library of TorchSharp does not lie beside the program.", "libLibTorchSharp",
                "Reference the package libtorch-cpu of your platform (libtorch-cpu-linux-x64, -win-x64, -osx-arm64), and copy the whole output " +
                "folder of dotnet build or dotnet publish, not single files.");
        }
        if (windows ?? OperatingSystem.IsWindows())
        {
            return new Problem("TorchSharp 0.107 does not load on Windows: its library was built for other headers than the libtorch 2.10 it comes with.", file,
                "Build with -p:TorchSharpVersion=0.106.0 and the libtorch of that version (dotnet/TorchSharp#1567). " +
                "TorchSharp's own message about a missing reference is misleading.");
        }
        string said = loaderMessage ?? "";
        if (NeededVersion().Match(said) is { Success: true } version)
        {
            return new Problem($"The C++ runtime of this system is too old: it lacks {version.Groups[1].Value}, which the library asks for.", file,
                version.Groups[1].Value == "GLIBCXX_3.4.32"
                    ? "The build adapts the library to older systems (Debian 12, Ubuntu 22.04); this copy was not adapted. Build or publish again with the " +
                      "package Darkroom referenced and DarkroomAdaptNativeLibrary not set to false, or update libstdc++6 to GCC 13 or newer. " +
                      "TorchSharp's own message about a missing reference is misleading."
                    : "Update libstdc++6 and glibc, or use a newer release of the system.");
        }
        if (MissingFile().Match(said) is { Success: true } missing)
        {
            return new Problem($"The library needs {missing.Groups[1].Value}, which is neither beside it nor on the system.", file,
                missing.Groups[1].Value.StartsWith("libgomp", StringComparison.Ordinal)
                    ? "Install libgomp1, and copy the whole output folder of dotnet build or dotnet publish."
                    : "Copy the whole output folder of dotnet build or dotnet publish, not single files.");
        }
        if (Damaged().IsMatch(said))
        {
            return new Problem("The native library is damaged or for another kind of machine.", file,
                $"Delete it and build again; if that does not help, delete the folder torchsharp of the NuGet cache and restore again. The loader says: {said}");
        }
        return new Problem("libtorch did not load.", file, said.Length == 0
            ? "The library itself loads, so libtorch's own files beside it are damaged or of another version: build again from an empty output folder."
            : $"The loader says: {said}");
    }

    [GeneratedRegex(@"version [`'""](\S+?)' not found")]
    private static partial Regex NeededVersion();

    [GeneratedRegex(@"(\S+): cannot open shared object file")]
    private static partial Regex MissingFile();

    [GeneratedRegex("invalid ELF header|file too short|wrong ELF class|not a mach-o|bad image|cannot map", RegexOptions.IgnoreCase)]
    private static partial Regex Damaged();
}
