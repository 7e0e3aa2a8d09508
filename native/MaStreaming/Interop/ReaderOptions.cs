using System;
using MaStreaming.PacketReading;

namespace MaStreaming.Interop;

/// <summary>What a reader reads.</summary>
public sealed class ReaderOptions
{
    /// <summary>The data source.</summary>
    public string DataSource { get; set; } = "Default";

    /// <summary>One session; empty for all that the pattern matches.</summary>
    public string SessionKey { get; set; } = "";

    /// <summary>Pattern of session identifiers, with <c>*</c> and <c>?</c>.</summary>
    public string SessionIdentifierPattern { get; set; } = "*";

    /// <summary>0 live, 1 historic, 2 both.</summary>
    public int ReadingType { get; set; }

    /// <summary>Streams to read; empty for all.</summary>
    public string[] Streams { get; set; } = [];

    /// <summary>Streams to leave out.</summary>
    public string[] ExcludedStreams { get; set; } = [];

    /// <summary>Whether to leave out the main stream.</summary>
    public bool ExcludeMainStream { get; set; }

    /// <summary>Seconds without data after which reading a session ends; negative for the default rule.</summary>
    public double InactivityTimeoutSeconds { get; set; } = -1;

    /// <summary>How long no session or no packet may be seen, in milliseconds, where <see cref="RaiseOnTimeout"/> is set.</summary>
    public int TimeoutMilliseconds { get; set; } = 10_000;

    /// <summary>Whether the reader fails after <see cref="TimeoutMilliseconds"/>, or waits on.</summary>
    public bool RaiseOnTimeout { get; set; }

    /// <summary>Whether to read the data source's essentials instead of its streams.</summary>
    public bool ReadsEssentials { get; set; }

    /// <summary>Whether sessions that are live already are read from their present end on.</summary>
    public bool BeginsAtLeadingEdge { get; set; }

    /// <summary>Record timestamp to begin at, in milliseconds since the Unix epoch; negative for none.</summary>
    public long StartTimeMilliseconds { get; set; } = -1;

    /// <summary>Record timestamp to end before, in milliseconds since the Unix epoch; negative for none.</summary>
    public long EndTimeMilliseconds { get; set; } = -1;

    /// <summary>How many packets may wait for the handler; 0 for as many as the blocks hold.</summary>
    public int BufferLength { get; set; }

    internal ReaderSettings ToSettings()
    {
        if (!Enum.IsDefined(typeof(ReadingType), ReadingType))
        {
            throw new StreamingException(ErrorCode.InvalidArgument, $"reading type {ReadingType} is not one of 0, 1, 2");
        }

        return new ReaderSettings
        {
            DataSource = DataSource,
            SessionKey = SessionKey,
            SessionIdentifierPattern = SessionIdentifierPattern,
            ReadingType = (ReadingType)ReadingType,
            Streams = Streams,
            ExcludedStreams = ExcludedStreams,
            ExcludesMainStream = ExcludeMainStream,
            InactivityTimeoutMilliseconds = InactivityTimeoutSeconds < 0 ? null : checked((int)(InactivityTimeoutSeconds * 1000)),
            FailAfterMilliseconds = RaiseOnTimeout ? TimeoutMilliseconds : null,
            ReadsEssentials = ReadsEssentials,
            BeginsAtLeadingEdge = BeginsAtLeadingEdge,
            StartTimeMilliseconds = StartTimeMilliseconds < 0 ? null : StartTimeMilliseconds,
            EndTimeMilliseconds = EndTimeMilliseconds < 0 ? null : EndTimeMilliseconds,
            BufferLength = BufferLength,
        };
    }
}
