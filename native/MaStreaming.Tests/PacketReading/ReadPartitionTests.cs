using System.Text;
using MaStreaming.Kafka;
using MaStreaming.SessionManagement;
using Xunit;

namespace MaStreaming.PacketReading;

public sealed class ReadPartitionTests
{
    private readonly ReadPartition _partition = new(new TopicPartition("Car", 0));

    [Fact]
    public void Finds_the_session_of_a_record_by_its_key()
    {
        StreamCursor first = Add("first");
        StreamCursor second = Add("second");

        Assert.Same(first, Find("first"));
        Assert.Same(second, Find("second"));
        Assert.Same(second, Find("second"));
        Assert.Null(Find("third"));
        Assert.Null(Find(""));
        Assert.Same(second, Find("second"));
    }

    [Fact]
    public void Does_not_find_what_was_removed()
    {
        StreamCursor first = Add("first");
        Add("second");
        Assert.Same(first, Find("first"));
        _partition.Remove(first);

        Assert.Null(Find("first"));
        Assert.NotNull(Find("second"));
        Assert.Equal(1, _partition.CursorCount);
        Assert.Single(_partition.Cursors);
    }

    private StreamCursor? Find(string key) => _partition.Find(Encoding.UTF8.GetBytes(key));

    private StreamCursor Add(string key)
    {
        SessionReading reading = new(new Session { Key = key, DataSource = "Car" }, 0);
        StreamCursor cursor = new(new ReadStream(reading, ""), _partition, 0, 0);
        _partition.Add(cursor);
        return cursor;
    }
}
