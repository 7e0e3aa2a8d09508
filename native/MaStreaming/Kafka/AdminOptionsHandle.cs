using System;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_AdminOptions_t.</summary>
internal sealed class AdminOptionsHandle : CountedHandle
{
    /// <summary>The longest timeout that librdkafka takes.</summary>
    private const int LongestMilliseconds = 3_600_000;

    public AdminOptionsHandle(IntPtr client, int operation, int timeoutMilliseconds)
    {
        Own(LibRdKafka.NewAdminOptions(client, operation), () => new StreamingException(ErrorCode.Internal, "no admin options could be made"));
        SetTimeout(Math.Clamp(timeoutMilliseconds, 1, LongestMilliseconds));
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyAdminOptions(value);

    private unsafe void SetTimeout(int milliseconds)
    {
        byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
        ResponseError error = LibRdKafka.SetAdminRequestTimeout(this, milliseconds, reason, (UIntPtr)LibRdKafka.ErrorTextSize);
        if (error != ResponseError.NoError)
        {
            string text = LibRdKafka.Text(reason);
            Dispose();
            throw new StreamingException(ErrorCodes.From(error), $"a timeout of {milliseconds} ms was refused: {text}");
        }
    }
}
