using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace MaStreaming.Kafka;

/// <summary>
/// What last went wrong in reaching the brokers of a client, as librdkafka tells it beside the requests: those just run out of time. Any thread.
/// </summary>
internal sealed class ConnectionTrouble
{
    private const string ThreadEnd = "]: ";
    private const string Scheme = "://";
    private const string DefaultPort = ":9092";

    private const string TokenAwaited = "oauth_token_callback has not given a token yet";

    /// <summary>Stands for every broker: without a token none lets the client in.</summary>
    private const string Everywhere = "*";

    private readonly object _gate = new();
    private readonly string _protocol;
    private readonly string[] _addresses;
    private readonly Dictionary<string, (Refusal Refusal, string Text)> _refusals = new(StringComparer.OrdinalIgnoreCase);
    private string? _log;
    private string? _text;
    private ErrorCode _code;
    private bool _hasAnswered;

    /// <param name="properties">What the client was made with.</param>
    public ConnectionTrouble(IReadOnlyDictionary<string, string> properties)
    {
        BrokerList = properties.TryGetValue("bootstrap.servers", out string? brokers) ? brokers
            : properties.TryGetValue("metadata.broker.list", out string? alias) ? alias
            : string.Empty;
        _protocol = properties.TryGetValue("security.protocol", out string? protocol) ? protocol : "plaintext";
        _addresses = BrokerList.Split(',').Select(WithPort).ToArray();
    }

    /// <summary>The brokers that the client was given.</summary>
    public string BrokerList { get; }

    /// <summary>What last went wrong; null when nothing did since a broker last answered.</summary>
    public string? Last
    {
        get
        {
            lock (_gate)
            {
                return _text;
            }
        }
    }

    /// <summary>The code of <see cref="Last"/>.</summary>
    public ErrorCode LastCode
    {
        get
        {
            lock (_gate)
            {
                return _code;
            }
        }
    }

    /// <summary>Whether it is certain that waiting is of no use: each broker of the list refused this client, or was refused by it, or there is no token to log in with.</summary>
    public bool IsFinal
    {
        get
        {
            lock (_gate)
            {
                return _refusals.ContainsKey(Everywhere) || _addresses.All(_refusals.ContainsKey);
            }
        }
    }

    /// <summary>Takes a line of librdkafka's about a connection that ended.</summary>
    public void Logged(string line)
    {
        lock (_gate)
        {
            // "[thrd:main]: " in front is for those who debug librdkafka.
            _log = line[(line.IndexOf(ThreadEnd, StringComparison.Ordinal) is var at and >= 0 ? at + ThreadEnd.Length : 0)..];
        }
    }

    /// <summary>Takes an error about a connection.</summary>
    public void Raised(ResponseError error, string text)
    {
        lock (_gate)
        {
            // "1/1 brokers are down" says less than the error that brought the last one down, which for a closed connection is only logged.
            if (error != ResponseError.AllBrokersDown)
            {
                Keep(error, text);
            }
            else if (_text is null)
            {
                _text = _log is null ? text : $"{text}: {_log}";
                _code = ErrorCodes.From(error);
            }
        }
    }

    /// <summary>Remembers that a token to log in with has yet to come.</summary>
    public void TokenIsAwaited()
    {
        lock (_gate)
        {
            _text = TokenAwaited;
            _code = ErrorCode.BrokerUnavailable;
        }
    }

    /// <summary>Remembers that there is no token to log in with.</summary>
    public void TokenFailed(string reason)
    {
        lock (_gate)
        {
            _refusals[Everywhere] = (Refusal.Token, reason);
            _text = reason;
            _code = ErrorCode.Authentication;
        }
    }

    /// <summary>Forgets that there was no token: there is one.</summary>
    public void TokenCame()
    {
        lock (_gate)
        {
            if (_refusals.Remove(Everywhere) || _text == TokenAwaited)
            {
                _text = null;
                _code = ErrorCode.None;
            }
        }
    }

    /// <summary>Forgets all of it: a broker has answered.</summary>
    public void Answered()
    {
        lock (_gate)
        {
            _hasAnswered = true;
            _text = null;
            _code = ErrorCode.None;
            _refusals.Clear();
        }
    }

    /// <summary>Makes the exception for a request that no broker answered: it names the brokers and what went wrong.</summary>
    public StreamingException NoAnswer(ResponseError error, long elapsedMilliseconds)
    {
        lock (_gate)
        {
            if (_refusals.Count > 0)
            {
                (Refusal refusal, string why) = _refusals.Values.First();
                string broker = _addresses.Length > 1 ? $"a broker of {BrokerList}" : BrokerList;
                return new StreamingException(ErrorCode.Authentication, $"{Refusals.Describe(refusal, broker)}: {why}") { Subject = BrokerList };
            }

            ErrorCode code = _code != ErrorCode.None ? _code
                : error == ResponseError.TimedOut ? ErrorCode.BrokerUnavailable
                : ErrorCodes.From(error);
            string seconds = (elapsedMilliseconds / 1000.0).ToString("0.0", CultureInfo.InvariantCulture);
            string text = _text is null ? ResponseErrors.Describe(error) : _text + Hint(_text);
            return new StreamingException(code, $"no broker of {BrokerList} answered within {seconds} s: {text}") { Subject = BrokerList };
        }
    }

    private void Keep(ResponseError error, string text)
    {
        Refusal refusal = Refusals.Of(error, text);
        string address = refusal == Refusal.Token ? Everywhere : AddressIn(text);
        _refusals.Remove(address);
        _text = text;
        _code = refusal == Refusal.None ? ErrorCodes.From(error) : ErrorCode.Authentication;
        if (refusal != Refusal.None)
        {
            _refusals.Add(address, (refusal, text));
        }
    }

    /// <summary>A listener says nothing to a client that does not speak its protocol: it hangs up.</summary>
    private string Hint(string text)
    {
        bool hungUp = text.Contains("Disconnected", StringComparison.Ordinal) || text.Contains("reset by peer", StringComparison.Ordinal);
        return hungUp && !_hasAnswered
            ? $"; a broker hangs up like this when its listener expects another protocol than '{_protocol}': see security"
            : string.Empty;
    }

    /// <summary>librdkafka begins with the broker's name: <c>ssl://host:port/bootstrap: </c>, without the protocol for plaintext.</summary>
    private static string AddressIn(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int scheme = text.IndexOf(Scheme, StringComparison.Ordinal);
        int begin = scheme >= 0 && scheme < slash ? scheme + Scheme.Length : 0;
        int end = text.IndexOf('/', begin);
        return end < 0 ? string.Empty : text[begin..end];
    }

    private static string WithPort(string broker)
    {
        string address = broker.Trim();
        int scheme = address.IndexOf(Scheme, StringComparison.Ordinal);
        address = scheme < 0 ? address : address[(scheme + Scheme.Length)..];
        return address.LastIndexOf(':') > address.LastIndexOf(']') ? address : address + DefaultPort;
    }
}
