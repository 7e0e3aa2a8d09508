using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>Records that failed since the last report, and texts of the first few.</summary>
internal sealed record UnreportedFailures(long Records, IReadOnlyList<string> First);

/// <summary>Where records go, and what has become of them: counts are Kafka records, as the broker acknowledged them.</summary>
internal sealed class DeliveryRoute(string dataSource, string stream, string sessionKey, string topic)
{
    private const int KeptFailures = 8;

    private readonly List<string> _failures = [];
    private readonly Dictionary<ResponseError, long> _reasons = [];
    private long _accepted;
    private long _delivered;
    private long _failed;
    private long _reported;

    public string DataSource { get; } = dataSource;

    public string Stream { get; } = stream;

    public string SessionKey { get; } = sessionKey;

    public string Topic { get; } = topic;

    /// <summary>Who wrote them.</summary>
    public object? Owner { get; set; }

    /// <summary>Index in the tracker, which is also the opaque value of its records.</summary>
    public int Index { get; set; }

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Delivered => Interlocked.Read(ref _delivered);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Read in this order so that a record is never counted as settled before it is counted as accepted.</summary>
    public long InFlight
    {
        get
        {
            long settled = Delivered + Failed;
            return Accepted - settled;
        }
    }

    public void Accept(int records) => Interlocked.Add(ref _accepted, records);

    public void TakeBack(int records) => Interlocked.Add(ref _accepted, -records);

    public void Settle(ResponseError error, long packetId, long length)
    {
        if (error == ResponseError.NoError)
        {
            Interlocked.Increment(ref _delivered);
            return;
        }

        lock (_failures)
        {
            if (_failures.Count < KeptFailures)
            {
                _failures.Add(Text(error, packetId, length));
            }

            _reasons[error] = _reasons.TryGetValue(error, out long failed) ? failed + 1 : 1;
            Interlocked.Increment(ref _failed);
        }
    }

    /// <summary>Failures that no report has named yet; they count as named from now on.</summary>
    public UnreportedFailures TakeUnreportedFailures()
    {
        lock (_failures)
        {
            UnreportedFailures unreported = new(Failed - _reported, _failures.ToArray());
            _reported += unreported.Records;
            _failures.Clear();
            return unreported;
        }
    }

    /// <summary>How many records failed for each reason.</summary>
    public KeyValuePair<ResponseError, long>[] FailedByReason()
    {
        lock (_failures)
        {
            return _reasons.ToArray();
        }
    }

    private string Text(ResponseError error, long packetId, long length) => string.Format(
        CultureInfo.InvariantCulture,
        "data source '{0}', stream '{1}', session '{2}', packet id {3}, {6} bytes: not stored in topic '{4}': {5}",
        DataSource,
        Stream,
        SessionKey,
        (ulong)packetId,
        Topic,
        ResponseErrors.Describe(error),
        length);
}
