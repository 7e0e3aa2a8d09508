using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Columns;

/// <summary>Unmanaged memory, which a Unix process has back as soon as it is freed where there is much of it.</summary>
/// <remarks>
/// A C library keeps freed blocks for its own use, in as many arenas as there are threads, and blocks of columns are large, of all
/// sizes, and freed by other threads than those that asked for them: of 10 GB that four readers decoded, a third more was kept at the end
/// than at the beginning. Windows gives large blocks back by itself.
/// </remarks>
internal static unsafe class NativePages
{
    /// <summary>Blocks from this size on are pages of their own.</summary>
    private const long SmallestMapped = 128L << 10;

    private const int ReadWrite = 3;
    private const int MapPrivate = 2;
    private const int MapAnonymousOnLinux = 0x20;
    private const int MapAnonymousOnMac = 0x1000;

    private static readonly bool IsWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
    private static readonly int Flags = MapPrivate | (RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? MapAnonymousOnMac : MapAnonymousOnLinux);
    private static readonly void* Failed = (void*)-1;

    /// <summary>Memory with any content.</summary>
    /// <exception cref="InsufficientMemoryException">There is not so much.</exception>
    public static byte* Allocate(long bytes)
    {
        if (!IsMapped(bytes))
        {
            return (byte*)Marshal.AllocHGlobal((IntPtr)bytes);
        }

        void* pages = Map(null, (UIntPtr)(ulong)bytes, ReadWrite, Flags, -1, IntPtr.Zero);
        return pages != Failed ? (byte*)pages : throw new InsufficientMemoryException($"there is no room for {bytes} bytes of columns");
    }

    /// <summary>Frees what <see cref="Allocate"/> gave for so many bytes.</summary>
    public static void Free(byte* address, long bytes)
    {
        if (IsMapped(bytes))
        {
            // It fails only for what was never mapped.
            _ = Unmap(address, (UIntPtr)(ulong)bytes);
        }
        else
        {
            Marshal.FreeHGlobal((IntPtr)address);
        }
    }

    private static bool IsMapped(long bytes) => bytes >= SmallestMapped && !IsWindows;

    [DllImport("libc", EntryPoint = "mmap", CallingConvention = CallingConvention.Cdecl)]
    private static extern void* Map(void* address, UIntPtr bytes, int protection, int flags, int file, IntPtr offset);

    [DllImport("libc", EntryPoint = "munmap", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Unmap(void* address, UIntPtr bytes);
}
