using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>One record on its way whose acknowledgement is waited for.</summary>
internal sealed class PendingDelivery(long opaque)
{
    private volatile bool _settled;

    public long Opaque { get; } = opaque;

    public bool IsSettled => _settled;

    public ResponseError Error { get; private set; }

    public long Offset { get; private set; }

    public int Partition { get; private set; }

    public void Settle(ResponseError error, long offset, int partition)
    {
        Error = error;
        Offset = offset;
        Partition = partition;
        _settled = true;
    }
}
