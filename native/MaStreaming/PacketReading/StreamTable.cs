using System.Collections.Generic;

namespace MaStreaming.PacketReading;

/// <summary>Numbers the cursors that packets in the ring belong to; read from other threads.</summary>
internal sealed class StreamTable
{
    private readonly List<ReadStream> _streams = [];

    /// <summary>Numbers a cursor of this stream.</summary>
    public int Add(ReadStream stream)
    {
        lock (_streams)
        {
            _streams.Add(stream);
            return _streams.Count - 1;
        }
    }

    public ReadStream At(int index)
    {
        lock (_streams)
        {
            return index >= 0 && index < _streams.Count
                ? _streams[index]
                : throw new StreamingException(ErrorCode.InvalidArgument, $"there is no stream with index {index}");
        }
    }
}
