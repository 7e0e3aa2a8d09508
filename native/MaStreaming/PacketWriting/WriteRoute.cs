using System.Text;
using System.Threading;
using MaStreaming.Engine;
using MaStreaming.Kafka;

namespace MaStreaming.PacketWriting;

/// <summary>Everything that a packet needs to be sent to one topic, resolved once.</summary>
/// <param name="delivery">What is counted for the topic.</param>
/// <param name="producer">The producer at this moment.</param>
/// <param name="partition">The partition.</param>
/// <param name="copiesEssentials">Whether an essential packet goes to the route after this one too, and first (wire contract 5).</param>
internal sealed class WriteRoute(DeliveryRoute delivery, KafkaProducer producer, int partition, bool copiesEssentials)
{
    private RouteTarget _target = new(producer, producer.Topic(delivery.Topic));

    public DeliveryRoute Delivery { get; } = delivery;

    public int Partition { get; } = partition;

    public bool CopiesEssentials { get; } = copiesEssentials;

    /// <summary>The record key, which is what readers select a session by; never empty.</summary>
    public byte[] Key { get; } = Encoding.UTF8.GetBytes(delivery.SessionKey);

    /// <summary>The topic as the producer in use knows it.</summary>
    public RouteTarget Target => Volatile.Read(ref _target);

    /// <summary>Goes on with another producer, which took the place of one that failed for good.</summary>
    public void MoveTo(KafkaProducer other) => Volatile.Write(ref _target, new RouteTarget(other, other.Topic(Delivery.Topic)));
}

/// <summary>A topic of one producer.</summary>
internal sealed record RouteTarget(KafkaProducer Producer, KafkaTopicHandle Topic);
