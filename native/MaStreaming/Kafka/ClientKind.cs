namespace MaStreaming.Kafka;

/// <summary>rd_kafka_type_t.</summary>
internal enum ClientKind
{
    Producer = 0,
    Consumer = 1,
}
