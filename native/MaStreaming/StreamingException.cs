using System;

namespace MaStreaming;

/// <summary>The only exception that leaves this library; its code says which Python error it becomes.</summary>
public sealed class StreamingException : Exception
{
    /// <summary>Makes an exception with a code and a message for the person who reads the log.</summary>
    /// <param name="code">What went wrong.</param>
    /// <param name="message">What went wrong in a sentence, with the subject's name.</param>
    /// <param name="inner">The exception that caused it, if any.</param>
    public StreamingException(ErrorCode code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
    }

    /// <summary>What went wrong.</summary>
    public ErrorCode Code { get; }

    /// <summary>Returns the code as a number, which crosses the boundary more plainly than an enum.</summary>
    /// <returns>The value of <see cref="Code"/>.</returns>
    public int CodeNumber() => (int)Code;
}
