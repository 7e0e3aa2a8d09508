using System;
using System.Collections.Generic;

namespace MaStreaming.Columns;

/// <summary>Unmanaged blocks for columns, kept for the next batch when they are given back: fresh pages cost more than what is decoded into them.</summary>
/// <remarks>Sizes are powers of two. Blocks above 16 MiB, and what would make more than 64 MiB of kept blocks, are freed. For any thread.</remarks>
internal static unsafe class NativeBlocks
{
    private const int SmallestShift = 10;
    private const int LargestKeptShift = 24;
    private const long MostKeptBytes = 64L << 20;

    private static readonly object Gate = new();
    private static readonly Stack<IntPtr>[] Kept = MakeShelves();
    private static long _keptBytes;
    private static long _bytesInUse;

    /// <summary>Bytes in blocks that were rented and not given back.</summary>
    public static long BytesInUse
    {
        get
        {
            lock (Gate)
            {
                return _bytesInUse;
            }
        }
    }

    /// <summary>A block of at least so many bytes, with any content.</summary>
    public static byte* Rent(long bytes, out long capacity)
    {
        int shift = SmallestShift;
        while (1L << shift < bytes)
        {
            shift++;
        }

        capacity = 1L << shift;
        lock (Gate)
        {
            _bytesInUse += capacity;
            if (shift <= LargestKeptShift && Kept[shift - SmallestShift].TryPop(out IntPtr kept))
            {
                _keptBytes -= capacity;
                return (byte*)kept;
            }
        }

        try
        {
            return NativePages.Allocate(capacity);
        }
        catch (OutOfMemoryException)
        {
            lock (Gate)
            {
                _bytesInUse -= capacity;
            }

            throw;
        }
    }

    /// <summary>Gives a block back, with the capacity that <see cref="Rent"/> said.</summary>
    public static void Return(byte* block, long capacity)
    {
        lock (Gate)
        {
            _bytesInUse -= capacity;
            if (capacity <= 1L << LargestKeptShift && _keptBytes + capacity <= MostKeptBytes)
            {
                _keptBytes += capacity;
                Kept[ShiftOf(capacity) - SmallestShift].Push((IntPtr)block);
                return;
            }
        }

        NativePages.Free(block, capacity);
    }

    private static int ShiftOf(long capacity)
    {
        int shift = SmallestShift;
        while (1L << shift != capacity)
        {
            shift++;
        }

        return shift;
    }

    private static Stack<IntPtr>[] MakeShelves()
    {
        Stack<IntPtr>[] shelves = new Stack<IntPtr>[LargestKeptShift - SmallestShift + 1];
        for (int i = 0; i < shelves.Length; i++)
        {
            shelves[i] = new Stack<IntPtr>();
        }

        return shelves;
    }
}
