using System;
using System.Runtime.InteropServices;
using MaStreaming.PacketWriting;

namespace MaStreaming.Interop;

/// <summary>
/// The call that is made for each packet written one by one, as a function in the way of Python's C API (METH_O), so that nothing lies between: a foreign
/// function call of ctypes costs more than all that is done here. It runs with the GIL, and never waits.
/// </summary>
internal static unsafe class PythonFunctions
{
    private static readonly Method TryWriteMethod = TryWrite;

    private static delegate* unmanaged[Cdecl]<IntPtr, long> _numberOf;
    private static delegate* unmanaged[Cdecl]<IntPtr, byte**, IntPtr*, int> _bytesOf;
    private static delegate* unmanaged[Cdecl]<long, IntPtr> _makeNumber;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr Method(IntPtr self, IntPtr argument);

    public static long TryWritePointer => Marshal.GetFunctionPointerForDelegate(TryWriteMethod).ToInt64();

    /// <summary>Takes the functions of Python's stable ABI that are needed here: PyLong_AsLongLong, PyBytes_AsStringAndSize and PyLong_FromLongLong.</summary>
    public static void Use(long numberOf, long bytesOf, long makeNumber)
    {
        _numberOf = (delegate* unmanaged[Cdecl]<IntPtr, long>)numberOf;
        _bytesOf = (delegate* unmanaged[Cdecl]<IntPtr, byte**, IntPtr*, int>)bytesOf;
        _makeNumber = (delegate* unmanaged[Cdecl]<long, IntPtr>)makeNumber;
    }

    /// <param name="self">An int: the writer's number times 2^32, and the route's.</param>
    /// <param name="packet">A bytes object.</param>
    /// <returns>An int, the number of an <see cref="ErrorCode"/>; or null after Python's error for what is no bytes object.</returns>
    private static IntPtr TryWrite(IntPtr self, IntPtr packet)
    {
        byte* data;
        IntPtr length;
        if (_bytesOf(packet, &data, &length) != 0)
        {
            return IntPtr.Zero;
        }

        long number = _numberOf(self);
        return _makeNumber((int)TryWrite((int)(number >> 32), (int)number, data, length.ToInt64()));
    }

    private static ErrorCode TryWrite(int writer, int route, byte* data, long length)
    {
        WriterEngine? engine = HotCalls.Writers.At(writer);
        try
        {
            return engine?.TryWrite(route, data, length) ?? ErrorCode.Closed;
        }
#pragma warning disable CA1031 // An exception must not leave a function pointer; it is kept for whoever asks why.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return WriterEngine.Refuse(ErrorCode.Internal, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
