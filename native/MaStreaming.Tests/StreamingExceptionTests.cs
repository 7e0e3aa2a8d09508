using System;
using Xunit;

namespace MaStreaming;

public sealed class StreamingExceptionTests
{
    [Fact]
    public void Keeps_code_message_and_cause()
    {
        var cause = new InvalidOperationException("cause");
        var error = new StreamingException(ErrorCode.UnknownSession, "no session 'x'", cause);
        Assert.Equal(ErrorCode.UnknownSession, error.Code);
        Assert.Equal(6, error.CodeNumber());
        Assert.Equal("no session 'x'", error.Message);
        Assert.Same(cause, error.InnerException);
    }

    [Fact]
    public void Codes_are_the_numbers_that_the_Python_table_lists()
    {
        Assert.Equal(19, Enum.GetValues<ErrorCode>().Length);
        Assert.Equal(0, (int)ErrorCode.None);
        Assert.Equal(18, (int)ErrorCode.Internal);
    }
}
