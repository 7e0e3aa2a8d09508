using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_event_t: the answer to an admin request.</summary>
internal sealed class KafkaEventHandle : CountedHandle
{
    private const int GraceMilliseconds = 1000;

    private KafkaEventHandle(IntPtr happening) => Own(happening, () => new StreamingException(ErrorCode.Internal, "there is no event"));

    /// <summary>Waits for the answer to an admin request, which librdkafka itself ends at the request's timeout.</summary>
    /// <returns>The answer, or null when not even that came.</returns>
    public static KafkaEventHandle? Await(KafkaQueueHandle answers, int timeoutMilliseconds)
    {
        IntPtr answer = LibRdKafka.PollQueue(answers.Pointer, (int)Math.Min(int.MaxValue, timeoutMilliseconds + (long)GraceMilliseconds));
        return answer == IntPtr.Zero ? null : new KafkaEventHandle(answer);
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyEvent(value);
}
