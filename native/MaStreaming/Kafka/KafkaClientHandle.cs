using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_t: a producer or a consumer.</summary>
internal sealed class KafkaClientHandle : CountedHandle
{
    private const int PatienceMilliseconds = 500;

    /// <summary>Makes a client, which takes the configuration over; no broker is contacted yet.</summary>
    /// <exception cref="StreamingException">The properties contradict each other, or a file that they name cannot be used.</exception>
    public unsafe KafkaClientHandle(ClientKind kind, ConfigurationHandle configuration)
    {
        byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
        IntPtr client = LibRdKafka.NewClient(kind, configuration, reason, (UIntPtr)LibRdKafka.ErrorTextSize);
        string text = client == IntPtr.Zero ? LibRdKafka.Text(reason) : string.Empty;
        string name = kind == ClientKind.Producer ? "producer" : "consumer";
        Own(client, () => new StreamingException(ErrorCode.InvalidConfiguration, $"the properties of the {name} were refused: {text}"));
        configuration.Taken();
    }

    /// <summary>
    /// Frees the client on a thread of its own, and waits for that within a bound: librdkafka joins its threads, and one that asks a slow
    /// resolver for a host's name comes back only after seconds.
    /// </summary>
    protected override void Free(IntPtr value) => BackgroundThread.Start(
        "ma_streaming end of a client",
        () => LibRdKafka.DestroyClient(value, LibRdKafka.DestroyWithoutConsumerClose),
        static _ => { /* Native code throws nothing. */ }).Join(PatienceMilliseconds);
}
