using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>Whether somebody waits for a token.</summary>
internal enum TokenNeed
{
    /// <summary>Nobody will any more.</summary>
    Closed = -1,

    /// <summary>Nobody does.</summary>
    None = 0,

    /// <summary>A client does.</summary>
    Wanted = 1,
}

/// <summary>
/// The token with which all clients of one engine log in. A client that needs one asks here; whoever can make one takes the request, and what it
/// gives goes to every client, also to those that come later or are too busy to ask. Any thread.
/// </summary>
internal sealed class TokenSource
{
    /// <summary>Clients ask again 10 s after a failure. Until shortly before that, they only tell late what had led to it.</summary>
    private const int QuietSeconds = 9;

    private readonly object _gate = new();
    private readonly List<KafkaClient> _clients = [];
    private LoginToken? _token;
    private bool _isWanted;
    private bool _isBeingMade;
    private bool _closed;
    private long _quietUntil = long.MinValue;

    /// <summary>Gives a client the token that there is, or asks for one; from now on it gets each new one.</summary>
    public void Attach(KafkaClient client)
    {
        lock (_gate)
        {
            _clients.Add(client);
            bool taken = _token is not null && client.TakeToken(_token) is null;
            if (!taken || !_token!.IsFresh)
            {
                Want();
            }
        }
    }

    public void Detach(KafkaClient client)
    {
        lock (_gate)
        {
            _clients.Remove(client);
        }
    }

    /// <summary>Asks for a new token, unless this was settled for all clients a moment ago, by a new token or by a failure.</summary>
    public void Request()
    {
        lock (_gate)
        {
            if (_token is not { IsFresh: true } && Stopwatch.GetTimestamp() >= _quietUntil)
            {
                Want();
            }
        }
    }

    /// <summary>Waits until a token is wanted; whoever is told so has to answer with <see cref="Provide"/> or <see cref="Fail"/>.</summary>
    public TokenNeed Await(int timeoutMilliseconds)
    {
        lock (_gate)
        {
            if (!_isWanted && !_closed)
            {
                Monitor.Wait(_gate, timeoutMilliseconds);
            }

            if (_closed || !_isWanted)
            {
                return _closed ? TokenNeed.Closed : TokenNeed.None;
            }

            _isWanted = false;
            _isBeingMade = true;
            return TokenNeed.Wanted;
        }
    }

    /// <summary>Gives all clients a new token.</summary>
    /// <returns>Why librdkafka does not take it, without the token; null when it does.</returns>
    public string? Provide(LoginToken token)
    {
        lock (_gate)
        {
            _isBeingMade = false;
            foreach (KafkaClient client in _clients)
            {
                if (client.TakeToken(token) is { } reason)
                {
                    FailAll(reason);
                    return reason;
                }
            }

            _token = token;
            _quietUntil = long.MinValue;
            return null;
        }
    }

    /// <summary>Tells all clients that there is no new token; librdkafka asks again after 10 s.</summary>
    public void Fail(string reason)
    {
        lock (_gate)
        {
            _isBeingMade = false;
            FailAll(reason);
        }
    }

    /// <summary>Ends all waits.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void FailAll(string reason)
    {
        _quietUntil = Stopwatch.GetTimestamp() + (QuietSeconds * Stopwatch.Frequency);
        foreach (KafkaClient client in _clients)
        {
            client.TakeTokenFailure(reason);
        }
    }

    private void Want()
    {
        if (!_isBeingMade && !_isWanted)
        {
            _isWanted = true;
            Monitor.PulseAll(_gate);
        }
    }
}
