using System;

namespace MaStreaming.Columns;

/// <summary>Unmanaged memory that grows; it moves when it does. Not for several threads at once.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private long _capacity;

    /// <summary>Where the memory is; null until something is reserved.</summary>
    public byte* Address { get; private set; }

    /// <summary>Makes room for so many bytes in all, and keeps the first ones as they are.</summary>
    public void Reserve(long bytes, long used)
    {
        if (bytes > _capacity)
        {
            Grow(bytes, used);
        }
    }

    /// <summary>Puts bytes behind those that are used.</summary>
    public void Append(byte* source, long length, long used)
    {
        Reserve(used + length, used);
        Buffer.MemoryCopy(source, Address + used, length, length);
    }

    public void Dispose()
    {
        if (Address != null)
        {
            NativeBlocks.Return(Address, _capacity);
            Address = null;
            _capacity = 0;
        }
    }

    private void Grow(long bytes, long used)
    {
        byte* grown = NativeBlocks.Rent(bytes, out long capacity);
        if (Address != null)
        {
            Buffer.MemoryCopy(Address, grown, used, used);
            NativeBlocks.Return(Address, _capacity);
        }

        Address = grown;
        _capacity = capacity;
    }
}
