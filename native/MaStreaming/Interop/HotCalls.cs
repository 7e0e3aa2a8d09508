using System;
using System.Runtime.InteropServices;
using System.Threading;
using MaStreaming.Columns;
using MaStreaming.PacketReading;
using MaStreaming.PacketWriting;

namespace MaStreaming.Interop;

/// <summary>
/// The calls that are made per packet or per block, as C function pointers. An exception that left one would end the process, so each
/// answers with a number, whatever happens.
/// </summary>
internal static unsafe class HotCalls
{
    private const int Completed = -2;
    private const int Failed = -3;

    private static readonly NextBlock NextBlockCall = Next;
    private static readonly NextColumns NextColumnsCall = TakeColumns;
    private static readonly ReleaseBatch ReleaseBatchCall = Release;
    private static readonly WriteOne WriteCall = Write;
    private static readonly WriteSeveral WriteManyCall = WriteMany;
    private static readonly WriteBatch WriteArraysCall = WriteArrays;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int NextBlock(int reader, int timeoutMilliseconds);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int NextColumns(int columns, int timeoutMilliseconds, long* taken);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void ReleaseBatch(long batch);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int WriteOne(int writer, int route, byte* data, long length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int WriteSeveral(int writer, int* routes, byte* data, long* ends, int count, int* accepted);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int WriteBatch(int writer, ArrayBatch* batch);

    public static Slots<BlockRing> Readers { get; } = new();

    public static Slots<ColumnReader> ColumnReaders { get; } = new();

    public static HeldBatches Batches { get; } = new();

    public static Slots<WriterEngine> Writers { get; } = new();

    public static long NextBlockPointer => Marshal.GetFunctionPointerForDelegate(NextBlockCall).ToInt64();

    public static long NextColumnsPointer => Marshal.GetFunctionPointerForDelegate(NextColumnsCall).ToInt64();

    public static long ReleaseBatchPointer => Marshal.GetFunctionPointerForDelegate(ReleaseBatchCall).ToInt64();

    public static long WritePointer => Marshal.GetFunctionPointerForDelegate(WriteCall).ToInt64();

    public static long WriteManyPointer => Marshal.GetFunctionPointerForDelegate(WriteManyCall).ToInt64();

    public static long WriteArraysPointer => Marshal.GetFunctionPointerForDelegate(WriteArraysCall).ToInt64();

#pragma warning disable CA1031 // An exception must not leave a function pointer; it is kept for whoever asks why.
    private static int Next(int reader, int timeoutMilliseconds)
    {
        BlockRing? ring = Readers.At(reader);
        try
        {
            return ring?.Next(timeoutMilliseconds) ?? Completed;
        }
        catch (Exception e)
        {
            ring!.Failure = $"{e.GetType().Name}: {e.Message}";
            return Failed;
        }
    }

    private static int TakeColumns(int columns, int timeoutMilliseconds, long* taken)
    {
        ColumnReader? reader = ColumnReaders.At(columns);
        try
        {
            ColumnsTaken found = reader?.Take(timeoutMilliseconds) ?? ColumnsTaken.Completed;
            if (found == ColumnsTaken.Event)
            {
                taken[0] = reader!.Event;
            }
            else if (found == ColumnsTaken.Batch)
            {
                ColumnBatch batch = reader!.Batch!;
                taken[0] = reader.Stream;
                taken[1] = Batches.Add(batch);
                taken[2] = (long)batch.Directory;
                taken[3] = batch.ColumnCount;
                taken[4] = batch.Samples;
            }

            return (int)found;
        }
        catch (Exception e)
        {
            reader!.Failure = $"{e.GetType().Name}: {e.Message}";
            return Failed;
        }
    }

    private static void Release(long batch)
    {
        try
        {
            Batches.Release(batch);
        }
        catch (Exception)
        {
            // Nobody is there who could be told: this is called while Python collects garbage.
        }
    }

    private static int Write(int writer, int route, byte* data, long length)
    {
        WriterEngine? engine = Writers.At(writer);
        try
        {
            return (int)(engine?.Write(route, data, length) ?? ErrorCode.Closed);
        }
        catch (Exception e)
        {
            return (int)WriterEngine.Refuse(ErrorCode.Internal, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static int WriteMany(int writer, int* routes, byte* data, long* ends, int count, int* accepted)
    {
        WriterEngine? engine = Writers.At(writer);
        try
        {
            return (int)(engine?.WriteMany(routes, data, ends, count, ref *accepted) ?? ErrorCode.Closed);
        }
        catch (Exception e)
        {
            return (int)WriterEngine.Refuse(ErrorCode.Internal, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static int WriteArrays(int writer, ArrayBatch* batch)
    {
        WriterEngine? engine = Writers.At(writer);
        try
        {
            return (int)(engine?.WriteArrays(ref *batch) ?? ErrorCode.Closed);
        }
        catch (StreamingException e)
        {
            return (int)WriterEngine.Refuse(e.Code, e.Message);
        }
        catch (Exception e)
        {
            return (int)WriterEngine.Refuse(ErrorCode.Internal, $"{e.GetType().Name}: {e.Message}");
        }
    }
#pragma warning restore CA1031
}

/// <summary>Objects by number, found without a lock; numbers are not used again.</summary>
internal sealed class Slots<T>
    where T : class
{
    private readonly object _gate = new();
    private T?[] _items = new T?[8];
    private int _count;

    public T? At(int index)
    {
        T?[] items = Volatile.Read(ref _items);
        return (uint)index < (uint)items.Length ? Volatile.Read(ref items[index]) : null;
    }

    public int Add(T item)
    {
        lock (_gate)
        {
            if (_count == _items.Length)
            {
                T?[] larger = new T?[_items.Length * 2];
                Array.Copy(_items, larger, _items.Length);
                Volatile.Write(ref _items, larger);
            }

            Volatile.Write(ref _items[_count], item);
            return _count++;
        }
    }

    public void Remove(int index)
    {
        lock (_gate)
        {
            Volatile.Write(ref _items[index], null);
        }
    }
}
