using System.Text;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketWriting;

/// <summary>Everything that a packet needs to be sent, resolved once: topic, partition and key, and the same for the essentials copy.</summary>
/// <param name="Delivery">What is counted for the topic that is addressed.</param>
/// <param name="Topic">The topic that is addressed.</param>
/// <param name="Essentials">What is counted for the first copy of an essential packet (wire contract 5); null where there is none.</param>
/// <param name="EssentialsTopic">Where that copy goes: always to partition 0, the one that every reader of essentials reads.</param>
/// <param name="Partition">The partition of the topic that is addressed.</param>
internal sealed record WriteRoute(
    DeliveryRoute Delivery, KafkaTopicHandle Topic, DeliveryRoute? Essentials, KafkaTopicHandle? EssentialsTopic, int Partition)
{
    /// <summary>The record key, which is what readers select a session by; never empty.</summary>
    public byte[] Key { get; } = Encoding.UTF8.GetBytes(Delivery.SessionKey);
}
