using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_metadata_t: what a broker said about topics.</summary>
internal sealed unsafe class KafkaMetadataHandle : CountedHandle
{
    public KafkaMetadataHandle(NativeMetadata* metadata) =>
        Own((IntPtr)metadata, () => new StreamingException(ErrorCode.Internal, "there is no metadata"));

    /// <summary>The topics; in librdkafka's memory, until this is disposed.</summary>
    public ReadOnlySpan<NativeMetadataTopic> Topics
    {
        get
        {
            NativeMetadata* metadata = (NativeMetadata*)Pointer;
            return new ReadOnlySpan<NativeMetadataTopic>(metadata->Topics, metadata->TopicCount);
        }
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyMetadata(value);
}
