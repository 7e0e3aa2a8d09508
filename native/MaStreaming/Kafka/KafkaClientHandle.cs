using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_t: a producer or a consumer. Freeing it waits until librdkafka's threads have ended.</summary>
internal sealed class KafkaClientHandle : CountedHandle
{
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

    protected override void Free(IntPtr value) => LibRdKafka.DestroyClient(value, LibRdKafka.DestroyWithoutConsumerClose);
}
