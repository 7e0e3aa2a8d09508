using MaStreaming.Kafka;
using Xunit;

namespace MaStreaming.Engine;

/// <summary>What a flush waits for.</summary>
public sealed class AcceptedRecordsTests
{
    private readonly DeliveryRoute _first = new("Car", "", "key", "Data.Car");
    private readonly DeliveryRoute _second = new("Car", "Stream1", "key", "Data.Car.Stream1");

    [Fact]
    public void Only_what_was_accepted_before_is_waited_for()
    {
        _first.Accept(2);
        _second.Accept(1);
        AcceptedRecords accepted = new([_first, _second]);
        Assert.Equal(3, accepted.InFlight);

        _first.Settle(ResponseError.NoError, 0, 0);
        _first.Accept(5);
        _first.Settle(ResponseError.NoError, 0, 0);
        _second.Accept(7);
        Assert.Equal(1, accepted.InFlight);

        _second.Settle(ResponseError.NoError, 0, 0);
        Assert.Equal(0, accepted.InFlight);
        Assert.Equal(12, _first.InFlight + _second.InFlight);
    }

    [Fact]
    public void What_was_taken_back_is_not_waited_for()
    {
        _first.Accept(3);
        AcceptedRecords accepted = new([_first]);
        _first.TakeBack(3);
        Assert.Equal(0, accepted.InFlight);
    }
}
