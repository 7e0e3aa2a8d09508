using System;
using System.Diagnostics;
using Xunit;

namespace MaStreaming.Columns;

/// <summary>Where the memory of columns comes from.</summary>
[Collection("columns")]
public sealed unsafe class NativePagesTests
{
    private const long Mebibyte = 1L << 20;

    private static long ResidentBytes
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    [Fact]
    public void The_system_has_freed_pages_back_at_once_whatever_lies_behind_them()
    {
        const int Count = 64;
        const long Bytes = 4 * Mebibyte;
        byte** blocks = stackalloc byte*[Count];
        for (int i = 0; i < Count; i++)
        {
            blocks[i] = NativePages.Allocate(Bytes);
            new Span<byte>(blocks[i], (int)Bytes).Fill(1);
        }

        long held = ResidentBytes;
        for (int i = 0; i < Count - 1; i++)
        {
            NativePages.Free(blocks[i], Bytes);
        }

        long given = held - ResidentBytes;
        NativePages.Free(blocks[Count - 1], Bytes);
        Assert.True(given > 150 * Mebibyte, $"{given} of {(Count - 1) * Bytes} bytes; other tests run meanwhile");
    }

    [Fact]
    public void What_there_is_no_room_for_is_an_error() => Assert.ThrowsAny<OutOfMemoryException>(() => _ = (IntPtr)NativePages.Allocate(1L << 62));
}
