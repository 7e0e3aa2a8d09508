using System;
using System.Runtime.InteropServices;

namespace MaStreaming.Kafka;

/// <summary>
/// A native object, counted while it exists. It keeps its parent (a topic its client) alive, whatever the order in which they are disposed:
/// librdkafka wants topics and queues gone before their client.
/// </summary>
internal abstract class CountedHandle : SafeHandle
{
    private readonly CountedHandle? _parent;

    /// <summary>Takes hold of the parent, before the native object is made.</summary>
    /// <exception cref="StreamingException">The parent is closed.</exception>
    protected CountedHandle(CountedHandle? parent = null)
        : base(IntPtr.Zero, ownsHandle: true)
    {
        parent?.Hold();
        _parent = parent;
    }

    public sealed override bool IsInvalid => handle == IntPtr.Zero;

    /// <summary>The native pointer. For use while a <see cref="HandleLease"/> is held, or to compare.</summary>
    public IntPtr Pointer => handle;

    /// <summary>Keeps the native object until the lease is disposed, even when this handle is.</summary>
    /// <exception cref="StreamingException">The handle is closed.</exception>
    public HandleLease Lease()
    {
        Hold();
        return new HandleLease(this);
    }

    internal void Release() => DangerousRelease();

    /// <summary>Takes ownership of the native object; called once, by the constructor of the derived class.</summary>
    /// <param name="value">The pointer that librdkafka returned.</param>
    /// <param name="failure">Says why there is none, when the pointer is null.</param>
    protected void Own(IntPtr value, Func<StreamingException> failure)
    {
        if (value == IntPtr.Zero)
        {
            _parent?.Release();
            throw failure();
        }

        SetHandle(value);
        LiveHandles.Add(GetType().Name);
    }

    /// <summary>Gives the native object away: whoever got it frees it.</summary>
    protected void Surrender()
    {
        SetHandleAsInvalid();
        LiveHandles.Remove(GetType().Name);
        _parent?.Release();
    }

    protected abstract void Free(IntPtr value);

    protected sealed override bool ReleaseHandle()
    {
        Free(handle);
        LiveHandles.Remove(GetType().Name);
        _parent?.Release();
        return true;
    }

    private void Hold()
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException closed)
        {
            throw new StreamingException(ErrorCode.Closed, $"{GetType().Name} is closed", closed);
        }
    }
}
