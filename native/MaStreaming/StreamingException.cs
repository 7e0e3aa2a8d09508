using System;
using System.Text;

namespace MaStreaming;

/// <summary>The only exception that leaves this library; its code says which Python error it becomes.</summary>
public sealed class StreamingException : Exception
{
    /// <summary>Makes an exception with a code and a message for the person who reads the log.</summary>
    /// <param name="code">What went wrong.</param>
    /// <param name="message">What went wrong in a sentence, with the subject's name.</param>
    /// <param name="inner">The exception that caused it, if any.</param>
    public StreamingException(ErrorCode code, string message, Exception? inner = null)
        : base(WellFormed(message), inner)
    {
        Code = code;
    }

    /// <summary>What went wrong.</summary>
    public ErrorCode Code { get; }

    /// <summary>What it is about, where that is known here: a broker list; empty otherwise.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Returns the code as a number, which crosses the boundary more plainly than an enum.</summary>
    /// <returns>The value of <see cref="Code"/>.</returns>
    public int CodeNumber() => (int)Code;

    /// <summary>Half of a surrogate pair cannot become a Python string, and ends the process.</summary>
    private static string WellFormed(string message) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(message));
}
