using System.Collections.Generic;
using System.Threading.Tasks;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class LogQueueTests
{
    [Fact]
    public void All_records_are_taken_at_once_and_in_order()
    {
        LogQueue queue = new();
        queue.Add(3, "A", "first");
        queue.Add(7, "B", "second");
        List<LogRecord> taken = [];
        Assert.True(queue.TryTake(0, taken));
        Assert.Equal([new LogRecord(3, "A", "first"), new LogRecord(7, "B", "second")], taken);
        Assert.False(queue.TryTake(0, taken));
        Assert.Equal(0, queue.Dropped);
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_and_counts_it()
    {
        LogQueue queue = new();
        for (int i = 0; i < LogQueue.Capacity + 3; i++)
        {
            queue.Add(6, "F", $"{i}");
        }

        List<LogRecord> taken = [];
        Assert.True(queue.TryTake(0, taken));
        Assert.Equal(LogQueue.Capacity, taken.Count);
        Assert.Equal("3", taken[0].Message);
        Assert.Equal(3, queue.Dropped);
    }

    [Fact]
    public async Task A_record_wakes_who_waits_for_it()
    {
        LogQueue queue = new();
        List<LogRecord> taken = [];
        Task<bool> waiting = Task.Run(() => queue.TryTake(10_000, taken));
        queue.Add(6, "F", "text");
        Assert.True(await waiting);
        Assert.Equal("text", Assert.Single(taken).Message);
    }

    [Fact]
    public async Task Closing_wakes_who_waits_and_leaves_what_is_queued()
    {
        LogQueue queue = new();
        Task<bool> waiting = Task.Run(() => queue.TryTake(10_000, []));
        queue.Close();
        Assert.False(await waiting);
        Assert.True(queue.IsClosed);

        LogQueue full = new();
        full.Add(6, "F", "before");
        full.Close();
        full.Add(6, "F", "after");
        List<LogRecord> taken = [];
        Assert.True(full.TryTake(0, taken));
        Assert.Equal("before", Assert.Single(taken).Message);
        Assert.False(full.TryTake(10_000, taken));
    }
}
