using System;
using System.Reflection;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>
/// Points the declarations of <see cref="LibRdKafka"/> at one file. netstandard2.1 has no NativeLibrary, but every runtime that is
/// supported has, so it is used by reflection, here alone.
/// </summary>
internal static class LibRdKafkaLoader
{
    /// <summary>The oldest release with ListOffsets.</summary>
    private const int OldestVersion = 0x02030000;

    /// <summary>Larger than any buffer of a fetch, smaller than the 32 MiB up to which glibc adapts.</summary>
    private const int LargestKeptBytes = 16 << 20;

    private static readonly object Gate = new();
    private static string? _path;
    private static IntPtr _library;

    private delegate IntPtr LoadFunction(string path);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionFunction();

    /// <summary>Loads librdkafka. Once is enough; the same path again does nothing.</summary>
    /// <param name="path">Full path of the shared library.</param>
    /// <exception cref="StreamingException">The file cannot be loaded or is too old, or another one is already loaded.</exception>
    public static void Load(string path)
    {
        lock (Gate)
        {
            if (_path is not null)
            {
                if (_path != path)
                {
                    throw new StreamingException(ErrorCode.Lifecycle, $"librdkafka is already loaded from {_path}; {path} cannot replace it");
                }

                return;
            }

            Type native = Type.GetType("System.Runtime.InteropServices.NativeLibrary")
                ?? throw new StreamingException(
                    ErrorCode.NotSupported, $"{RuntimeInformation.FrameworkDescription} cannot load a native library by its path");
            IntPtr library = LoadLibrary(native, path);
            CheckVersion(native, library, path);
            _library = library;
            SetResolver(native);
            KeepFreedBuffers();
            _path = path;
        }
    }

    /// <summary>Returns the version of the library that is loaded, as librdkafka writes it.</summary>
    public static string Version()
    {
        lock (Gate)
        {
            return _path is null
                ? throw new StreamingException(ErrorCode.Lifecycle, "librdkafka is not loaded yet")
                : LibRdKafka.Text(LibRdKafka.VersionText());
        }
    }

    private static IntPtr LoadLibrary(Type native, string path)
    {
        MethodInfo method = native.GetMethod("Load", [typeof(string)])
            ?? throw new StreamingException(ErrorCode.NotSupported, "this runtime's NativeLibrary has no Load");
        LoadFunction load = (LoadFunction)method.CreateDelegate(typeof(LoadFunction));
        try
        {
            return load(path);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException or ArgumentException)
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, $"librdkafka cannot be loaded from {path}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// librdkafka makes and frees a buffer for each batch it decompresses. glibc gives blocks of that size back to the system at once and
    /// gets them zeroed again, a third of the fetching thread's time, until a freed block has shown it that such sizes come again.
    /// </summary>
    private static void KeepFreedBuffers()
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
        {
            Marshal.FreeHGlobal(Marshal.AllocHGlobal(LargestKeptBytes));
        }
    }

    private static void SetResolver(Type native)
    {
        Type type = Type.GetType("System.Runtime.InteropServices.DllImportResolver")
            ?? throw new StreamingException(ErrorCode.NotSupported, "this runtime has no resolver for native libraries");
        MethodInfo set = native.GetMethod("SetDllImportResolver")
            ?? throw new StreamingException(ErrorCode.NotSupported, "this runtime's NativeLibrary has no SetDllImportResolver");
        Func<string, Assembly, DllImportSearchPath?, IntPtr> resolve = Resolve;
        set.Invoke(null, [typeof(LibRdKafkaLoader).Assembly, Delegate.CreateDelegate(type, resolve.Method)]);
    }

    /// <summary>Refuses a library before any declaration is bound to it, so that another path can still be tried.</summary>
    private static void CheckVersion(Type native, IntPtr library, string path)
    {
        MethodInfo find = native.GetMethod("TryGetExport")
            ?? throw new StreamingException(ErrorCode.NotSupported, "this runtime's NativeLibrary has no TryGetExport");
        object[] arguments = [library, "rd_kafka_version", IntPtr.Zero];
        if (find.Invoke(null, arguments) is not true)
        {
            throw new StreamingException(ErrorCode.InvalidConfiguration, $"{path} is not librdkafka");
        }

        int version = Marshal.GetDelegateForFunctionPointer<VersionFunction>((IntPtr)arguments[2])();
        if (version < OldestVersion)
        {
            throw new StreamingException(
                ErrorCode.NotSupported,
                $"librdkafka {version >> 24}.{(version >> 16) & 0xff}.{(version >> 8) & 0xff} in {path} is too old: 2.3.0 or newer is needed");
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search) =>
        name == LibRdKafka.Library ? _library : IntPtr.Zero;
}
