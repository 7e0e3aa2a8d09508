using System.Collections.Generic;

namespace MaStreaming.PacketReading;

/// <summary>Numbers the streams that packets in the ring belong to; read from other threads.</summary>
internal sealed class StreamTable
{
    private readonly List<ReadStream> _streams = [];

    public ReadStream Add(SessionReading session, string name)
    {
        lock (_streams)
        {
            ReadStream stream = new(session, name, _streams.Count);
            _streams.Add(stream);
            return stream;
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
