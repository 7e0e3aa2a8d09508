using System.Diagnostics;
using Xunit;

namespace MaStreaming.Kafka;

public sealed class LogThrottleTests
{
    private long _now;

    [Fact]
    public void A_line_passes_once_in_ten_seconds_and_says_how_often_it_did_not()
    {
        LogThrottle throttle = new(() => _now);
        Assert.Equal("b: refused (after 1ms in state CONNECT)", throttle.Pass(3, "FAIL", "b: refused (after 1ms in state CONNECT)"));
        Assert.Null(throttle.Pass(3, "FAIL", "b: refused (after 2ms in state CONNECT)"));
        Assert.Null(throttle.Pass(3, "FAIL", "b: refused (after 3ms in state CONNECT)"));
        _now += 10 * Stopwatch.Frequency;
        Assert.Equal(
            "b: refused (after 4ms in state CONNECT) (2 more like it)", throttle.Pass(3, "FAIL", "b: refused (after 4ms in state CONNECT)"));
        Assert.Null(throttle.Pass(3, "FAIL", "b: refused"));
        _now += 20 * Stopwatch.Frequency;
        throttle.Pass(3, "FAIL", "b: refused");
        _now += 20 * Stopwatch.Frequency;
        Assert.Equal("b: refused", throttle.Pass(3, "FAIL", "b: refused"));
    }

    [Fact]
    public void Other_lines_and_debug_lines_pass()
    {
        LogThrottle throttle = new(() => _now);
        Assert.NotNull(throttle.Pass(3, "FAIL", "a"));
        Assert.NotNull(throttle.Pass(3, "FAIL", "b"));
        Assert.NotNull(throttle.Pass(3, "OTHER", "a"));
        Assert.NotNull(throttle.Pass(7, "FETCH", "a"));
        Assert.NotNull(throttle.Pass(7, "FETCH", "a"));
    }

    [Fact]
    public void What_it_remembers_is_bounded()
    {
        LogThrottle throttle = new(() => _now);
        for (int i = 0; i < 1000; i++)
        {
            Assert.NotNull(throttle.Pass(3, "FAIL", $"line {i}"));
        }

        Assert.NotNull(throttle.Pass(3, "FAIL", "line 0"));
    }
}
