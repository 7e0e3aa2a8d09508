using System;
using System.Collections.Generic;
using MaStreaming.Kafka;
using MaStreaming.PacketReading;
using MaStreaming.Topics;

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

    /// <summary>The group that shares the reading; empty for none.</summary>
    public string Group { get; set; } = "";

    /// <summary>Partitions to begin at an offset, each as topic and partition with a colon between them.</summary>
    public string[] StartFromPartitions { get; set; } = [];

    /// <summary>The offset of each of <see cref="StartFromPartitions"/>.</summary>
    public long[] StartFromOffsets { get; set; } = [];

    /// <summary>Whether to go on where records were deleted before they were read, or to fail.</summary>
    public bool FromEarliest { get; set; }

    /// <summary>Whether to pass over packets that came before.</summary>
    public bool SkipDuplicates { get; set; }

    private Dictionary<TopicPartition, long> StartFrom
    {
        get
        {
            Dictionary<TopicPartition, long> offsets = [];
            for (int i = 0; i < StartFromPartitions.Length; i++)
            {
                if (!TopicProfile.TryParseOffsetKey(StartFromPartitions[i], out string topic, out int partition))
                {
                    throw new StreamingException(ErrorCode.InvalidConfiguration, $"start_from names '{StartFromPartitions[i]}'; allowed is a topic and a partition, such as 'Data.Car:0'");
                }

                offsets[new TopicPartition(topic, partition)] = StartFromOffsets[i];
            }

            return offsets;
        }
    }

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
            Group = Group,
            StartFrom = StartFrom,
            GoesOnFromEarliest = FromEarliest,
            SkipsDuplicates = SkipDuplicates,
        };
    }
}
