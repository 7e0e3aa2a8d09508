using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>An offset as the broker gave it.</summary>
/// <param name="Offset">The offset; -1 where the partition has no record.</param>
/// <param name="TimestampMilliseconds">The record's timestamp since the Unix epoch; -1 unless the newest was asked for.</param>
internal readonly record struct ListedOffset(long Offset, long TimestampMilliseconds);

/// <summary>Asks for the first, the next or the newest offset of many partitions at once.</summary>
/// <param name="client">Whose connections are used.</param>
/// <param name="refreshMetadata">
/// Has the client learn anew who leads which partition, within a number of milliseconds. librdkafka names the leader epoch that it knows and never
/// asks for a newer one by itself, so that a broker which was restarted would refuse each further try.
/// </param>
internal sealed unsafe class OffsetListing(KafkaClient client, Action<int> refreshMetadata)
{
    /// <summary>Asks for the offset of the first record that is still there.</summary>
    public const long Earliest = -2;

    /// <summary>Asks for the offset after the last record.</summary>
    public const long Latest = -1;

    /// <summary>Asks for the record with the largest timestamp.</summary>
    public const long Newest = -3;

    private const int FirstRetryMilliseconds = 50;
    private const int LongestRetryMilliseconds = 400;

    /// <summary>Returns the offsets; partitions that do not exist are absent.</summary>
    /// <param name="partitions">The partitions.</param>
    /// <param name="which"><see cref="Earliest"/>, <see cref="Latest"/>, <see cref="Newest"/>, or the least timestamp in milliseconds.</param>
    /// <param name="timeoutMilliseconds">How long it may take.</param>
    /// <exception cref="StreamingException">No broker answered in time, or one refused.</exception>
    public IReadOnlyDictionary<TopicPartition, ListedOffset> List(
        IReadOnlyCollection<TopicPartition> partitions, long which, int timeoutMilliseconds)
    {
        Dictionary<TopicPartition, ListedOffset> offsets = new(partitions.Count);

        // librdkafka refuses a list with duplicates.
        HashSet<TopicPartition> wanted = new(partitions);
        Stopwatch watch = Stopwatch.StartNew();
        int retryMilliseconds = FirstRetryMilliseconds;
        while (wanted.Count > 0)
        {
            int remaining = (int)Math.Max(0, timeoutMilliseconds - watch.ElapsedMilliseconds);
            ResponseError transient = Ask(wanted, which, offsets, remaining, watch);
            if (wanted.Count > 0)
            {
                if (remaining <= retryMilliseconds)
                {
                    throw client.Trouble.NoAnswer(transient, watch.ElapsedMilliseconds);
                }

                Thread.Sleep(retryMilliseconds);
                retryMilliseconds = Math.Min(retryMilliseconds * 2, LongestRetryMilliseconds);
                refreshMetadata((int)Math.Max(0, timeoutMilliseconds - watch.ElapsedMilliseconds));
            }
        }

        client.Trouble.Answered();
        return offsets;
    }

    /// <summary>Asks once; what was answered leaves the set of what is wanted.</summary>
    /// <returns>The last error that is worth another try.</returns>
    private ResponseError Ask(
        HashSet<TopicPartition> wanted, long which, Dictionary<TopicPartition, ListedOffset> offsets, int timeoutMilliseconds, Stopwatch watch)
    {
        List<TopicPartitionOffset> question = new(wanted.Count);
        foreach (TopicPartition partition in wanted)
        {
            question.Add(new TopicPartitionOffset(partition.Topic, partition.Partition, which));
        }

        using HandleLease lease = client.Handle.Lease();
        using TopicPartitionListHandle list = TopicPartitionListHandle.Of(question);
        using AdminOptionsHandle options = new(lease.Pointer, LibRdKafka.AdminListOffsets, timeoutMilliseconds);
        using KafkaQueueHandle answers = KafkaQueueHandle.Answers(client.Handle);
        LibRdKafka.ListOffsets(lease.Pointer, list, options, answers);
        using KafkaEventHandle? answer = KafkaEventHandle.Await(answers, timeoutMilliseconds);
        if (answer is null)
        {
            throw client.Trouble.NoAnswer(ResponseError.TimedOut, watch.ElapsedMilliseconds);
        }

        ResponseError failure = LibRdKafka.EventErrorCode(answer.Pointer);
        if (failure is ResponseError.TimedOut or ResponseError.Transport)
        {
            throw client.Trouble.NoAnswer(failure, watch.ElapsedMilliseconds);
        }

        if (failure == ResponseError.NoEntity)
        {
            // librdkafka knows no leader of any of them: the connection that it had to ask by was lost.
            return ResponseError.LeaderNotAvailable;
        }

        if (failure != ResponseError.NoError)
        {
            throw new StreamingException(
                ErrorCodes.From(failure), $"listing offsets failed: {LibRdKafka.Text(LibRdKafka.EventErrorText(answer.Pointer))}");
        }

        return Read(answer.Pointer, wanted, offsets);
    }

    private static ResponseError Read(IntPtr answer, HashSet<TopicPartition> wanted, Dictionary<TopicPartition, ListedOffset> offsets)
    {
        ResponseError transient = ResponseError.TimedOut;
        UIntPtr count;
        IntPtr* infos = LibRdKafka.ListOffsetsResultInfos(LibRdKafka.ListOffsetsResult(answer), &count);
        for (int i = 0; i < (int)count; i++)
        {
            NativeTopicPartition* shown = LibRdKafka.ListOffsetsTopicPartition(infos[i]);
            TopicPartition partition = new(LibRdKafka.Text(shown->Topic), shown->Partition);
            if (ResponseErrors.IsTransient(shown->Error))
            {
                transient = shown->Error;
                continue;
            }

            if (shown->Error == ResponseError.NoError && shown->Offset == LibRdKafka.NoOffset)
            {
                // What a request that was cut off leaves behind: neither an offset nor an error.
                continue;
            }

            wanted.Remove(partition);
            if (shown->Error == ResponseError.NoError)
            {
                offsets[partition] = new ListedOffset(shown->Offset, LibRdKafka.ListOffsetsTimestamp(infos[i]));
            }
            else if (ErrorCodes.From(shown->Error) != ErrorCode.TopicUnavailable)
            {
                ResponseErrors.ThrowIfAny(shown->Error, $"listing offsets of {partition.Topic}:{partition.Partition}");
            }
        }

        return transient;
    }
}
