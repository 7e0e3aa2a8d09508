using System;

namespace MaStreaming.Kafka;

/// <summary>Keeps a native object alive over a call that takes its pointer.</summary>
internal readonly ref struct HandleLease(CountedHandle handle)
{
    public IntPtr Pointer => handle.Pointer;

    public void Dispose() => handle.Release();
}
