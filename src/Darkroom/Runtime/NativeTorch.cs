using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Darkroom.Runtime;

/// <summary>Loads libtorch, and says in words what is wrong where it does not load.</summary>
internal static class NativeTorch
{
    /// <summary>Loads the native libraries now, so that a failure is explained here and not somewhere inside a model.</summary>
    /// <exception cref="DarkroomException">Environment: they are missing or the machine cannot load them; the problem names the cause.</exception>
    public static void Load()
    {
        try
        {
            InitializeCpu();
        }
        catch (Exception error) when (IsLoadFailure(error))
        {
            throw Explain(error);
        }
    }

    /// <summary>Whether an exception is TorchSharp's way of saying that its native library did not load.</summary>
    public static bool IsLoadFailure(Exception error) => error switch
    {
        TypeInitializationException { InnerException: { } inner } => IsLoadFailure(inner),
        DllNotFoundException or BadImageFormatException or EntryPointNotFoundException => true,
        NotSupportedException => error.Message.Contains("libtorch", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <summary>The real cause of a failure to load.</summary>
    public static DarkroomException Explain(Exception error)
    {
        var files = Search();
        string? file = files.FirstOrDefault(File.Exists);
        return new DarkroomException(ErrorKind.Environment, [NativeTorchProblem.Of(file, file is null ? null : LoaderMessage(file))], error);
    }

    /// <summary>The native library of TorchSharp that is loaded, or would be; null where there is none.</summary>
    public static string? Find() => Search().FirstOrDefault(File.Exists);

    /// <summary>The version of TorchSharp.</summary>
    public static string TorchSharpVersion =>
        typeof(torch.Tensor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? typeof(torch.Tensor).Assembly.GetName().Version!.ToString();

    /// <summary>The version of libtorch that TorchSharp was built for.</summary>
    public static string LibTorchVersion => torch.__version__;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void InitializeCpu() => torch.InitializeDeviceType(DeviceType.CPU);

    private static IEnumerable<string> Search()
    {
        string name = OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";
        string listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"))
            .Select(folder => Path.Combine(folder, name));
    }

    // What the system's loader itself says, which TorchSharp does not pass on.
    private static string? LoaderMessage(string file)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(file));
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            return error.Message;
        }
    }
}
