using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using MaStreaming.Kafka;

namespace MaStreaming.Interop;

/// <summary>What concerns the library as a whole: loading it, and what is alive in it.</summary>
public static class StreamingRuntime
{
    /// <summary>Loads librdkafka; loading it again changes nothing.</summary>
    /// <param name="librdkafkaPath">Absolute path of the library.</param>
    public static void Load(string librdkafkaPath) => LibRdKafkaLoader.Load(librdkafkaPath);

    /// <summary>The version of librdkafka.</summary>
    /// <returns>Such as <c>2.16.1</c>.</returns>
    public static string LibrdkafkaVersion() => LibRdKafkaLoader.Version();

    /// <summary>The digest of the sources that this assembly was built from.</summary>
    /// <returns>SHA-256 in hexadecimal.</returns>
    public static string SourceDigest() => typeof(StreamingRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(metadata => metadata.Key == "SourceDigest").Value ?? "";

    /// <summary>The .NET runtime that this runs on.</summary>
    /// <returns>Such as <c>.NET 8.0.31</c>.</returns>
    public static string RuntimeDescription() => RuntimeInformation.FrameworkDescription;

    /// <summary>How many native objects are held.</summary>
    /// <returns>0 when everything was closed.</returns>
    public static int LiveHandles() => Kafka.LiveHandles.Count;

    /// <summary>How many threads of the library run.</summary>
    /// <returns>0 when everything was closed.</returns>
    public static int LiveThreads() => BackgroundThread.LiveCount;

    /// <summary>Names what is alive.</summary>
    /// <returns>Handles by type, and threads by name.</returns>
    public static string DescribeLive() => $"handles: {Kafka.LiveHandles.Describe()}; threads: {BackgroundThread.Describe()}";

    /// <summary>The C function that takes the next block of a reader: <c>int (int reader, int timeout_ms)</c>.</summary>
    /// <returns>The index of a block; -1 none within the time; -2 nothing more will come; -3 failed.</returns>
    public static long NextBlockPointer() => HotCalls.NextBlockPointer;

    /// <summary>
    /// The C function that takes the next batch of columns, or event: <c>int (int columns, int timeout_ms, int64 *taken)</c>. Of a batch, five numbers are
    /// written: index of the stream, number of the batch, address of its directory, columns, samples. Of an event, its index.
    /// </summary>
    /// <returns>Its answer is 0 for a batch; 1 for an event; negative as of <see cref="NextBlockPointer"/>.</returns>
    public static long NextColumnsPointer() => HotCalls.NextColumnsPointer;

    /// <summary>The C function that frees a batch of columns: <c>void (int64 batch)</c>. Nobody may look at its memory any more.</summary>
    /// <returns>The function.</returns>
    public static long ReleaseBatchPointer() => HotCalls.ReleaseBatchPointer;

    /// <summary>Takes the addresses of functions of Python's C API, before <see cref="TryWritePointer"/> is called.</summary>
    /// <param name="numberOf"><c>PyLong_AsLongLong</c>.</param>
    /// <param name="bytesOf"><c>PyBytes_AsStringAndSize</c>.</param>
    /// <param name="makeNumber"><c>PyLong_FromLongLong</c>.</param>
    public static void UsePython(long numberOf, long bytesOf, long makeNumber) => PythonFunctions.Use(numberOf, bytesOf, makeNumber);

    /// <summary>
    /// The C function that writes one packet without ever waiting, a METH_O of Python: <c>PyObject *(PyObject *self, PyObject *packet)</c>, where self is an
    /// int, the writer's number times 2^32 and the route's. Where it would have to wait it answers with <see cref="ErrorCode.QueueFull"/>; then the other one
    /// is to be called. An essential packet gets -1: it is to be written to the route after its own by the other one, and then to its own.
    /// </summary>
    /// <returns>Its answer is the number of an <see cref="ErrorCode"/>, as an int.</returns>
    public static long TryWritePointer() => PythonFunctions.TryWritePointer;

    /// <summary>The C function that writes one packet, waiting a little where there is no room: <c>int (int writer, int route, const void *data, int64 length)</c>.</summary>
    /// <returns>Its answer is the number of an <see cref="ErrorCode"/>.</returns>
    public static long WritePointer() => HotCalls.WritePointer;

    /// <summary>The C function that writes packets that lie one after the other: <c>int (int writer, const int *routes, const void *data, const int64 *ends, int count, int *accepted)</c>.
    /// It begins after as many packets as <c>accepted</c> says, and adds to it.</summary>
    /// <returns>Its answer is the number of an <see cref="ErrorCode"/>.</returns>
    public static long WriteManyPointer() => HotCalls.WriteManyPointer;

    /// <summary>
    /// The C function that makes packets of arrays and writes them, for at most 100 ms: <c>int (int writer, ArrayBatch *batch)</c>. It is to be called
    /// until all samples of the batch are accepted.
    /// </summary>
    /// <returns>Its answer is the number of an <see cref="ErrorCode"/>.</returns>
    public static long WriteArraysPointer() => HotCalls.WriteArraysPointer;
}
