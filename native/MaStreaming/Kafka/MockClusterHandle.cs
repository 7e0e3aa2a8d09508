using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_mock_cluster_t.</summary>
internal sealed class MockClusterHandle : CountedHandle
{
    public MockClusterHandle(KafkaClientHandle client, int brokers)
        : base(client) => Own(
            LibRdKafka.NewMockCluster(client.Pointer, brokers),
            () => new StreamingException(ErrorCode.InvalidArgument, $"a mock cluster of {brokers} brokers could not be made"));

    protected override void Free(IntPtr value) => LibRdKafka.DestroyMockCluster(value);
}
