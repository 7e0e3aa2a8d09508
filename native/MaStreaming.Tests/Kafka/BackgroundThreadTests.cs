using System;
using System.Threading;
using Xunit;

namespace MaStreaming.Kafka;

[Collection(KafkaCollection.Name)]
public sealed class BackgroundThreadTests
{
    [Fact]
    public void A_thread_is_counted_and_named_while_it_runs()
    {
        using ManualResetEventSlim go = new();
        Thread thread = BackgroundThread.Start("a test's thread", () => go.Wait(), failure => throw failure);
        Assert.True(thread.IsBackground);
        Assert.Equal(1, BackgroundThread.LiveCount);
        Assert.Equal("a test's thread", BackgroundThread.Describe());
        go.Set();
        thread.Join();
        Assert.Equal(0, BackgroundThread.LiveCount);
        Assert.Equal(string.Empty, BackgroundThread.Describe());
    }

    [Fact]
    public void An_exception_ends_the_thread_and_not_the_process()
    {
        Exception? seen = null;
        BackgroundThread.Start("fails", () => throw new InvalidOperationException("broken"), failure => seen = failure).Join();
        Assert.Equal("broken", seen?.Message);
        Assert.Equal(0, BackgroundThread.LiveCount);
    }
}
