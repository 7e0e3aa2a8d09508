using System;

namespace MaStreaming.Columns;

/// <summary>Timestamps that columns have in common, because their samples always came together.</summary>
internal sealed unsafe class Timeline : IDisposable
{
    private readonly NativeBuffer _times = new();

    public long Count { get; private set; }

    /// <summary>How many columns have these timestamps.</summary>
    public int Columns { get; set; }

    public long* Times => (long*)_times.Address;

    /// <summary>A copy for columns that go their own way from now on.</summary>
    public Timeline Split()
    {
        Timeline copy = new();
        copy.Reserve(Count);
        Buffer.MemoryCopy(Times, copy.Times, Count * sizeof(long), Count * sizeof(long));
        copy.Count = Count;
        return copy;
    }

    /// <summary>Makes room for so many more.</summary>
    public void Reserve(long more) => _times.Reserve((Count + more) * sizeof(long), Count * sizeof(long));

    /// <summary>Counts in what was written behind the end.</summary>
    public void Commit(long added) => Count += added;

    public void Dispose() => _times.Dispose();
}
