using System.Collections.Generic;
using System.Globalization;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>The librdkafka properties of each kind of client: our defaults, then what the user gave.</summary>
internal static class ClientProperties
{
    /// <summary>Largest packet that our producer accepts and that topics made by us allow, in bytes, unless configured.</summary>
    public const int DefaultMaxMessageBytes = 4_194_304;

    private const int DefaultMessageTimeoutMilliseconds = 300_000;
    private const int WarningLevel = 4;
    private const string Idempotence = "enable.idempotence";

    /// <summary>librdkafka would let up to 10 s pass between tries, so that a broker that is back would look as if it was not.</summary>
    private const string LongestReconnectMilliseconds = "500";

    public static Dictionary<string, string> Producer(EngineSettings settings, LogQueue logs)
    {
        Dictionary<string, string> properties = new()
        {
            ["bootstrap.servers"] = settings.BrokerList,
            ["acks"] = "all",
            [Idempotence] = "true",
            ["compression.type"] = "zstd",
            ["linger.ms"] = "5",
            ["batch.size"] = "1000000",
            ["message.max.bytes"] = Text(DefaultMaxMessageBytes),
            ["queue.buffering.max.messages"] = "1000000",
            ["queue.buffering.max.kbytes"] = "262144",
            ["topic.metadata.refresh.interval.ms"] = "60000",
            ["reconnect.backoff.max.ms"] = LongestReconnectMilliseconds,
        };
        Override(properties, settings.ProducerProperties);
        RequireAnswers(properties);
        YieldIdempotence(properties, settings.ProducerProperties, logs);
        return properties;
    }

    /// <summary>From so many partitions on, what one fetch may bring has to be shared out among them.</summary>
    private const int ManyPartitions = 16;

    /// <summary>Properties of a consumer whose own queue holds at most <paramref name="queueKilobytes"/>.</summary>
    /// <param name="settings">What the user gave.</param>
    /// <param name="queueKilobytes">Most kilobytes that librdkafka keeps for the consumer.</param>
    /// <param name="partitions">How many partitions it will read, as far as that is known.</param>
    public static Dictionary<string, string> Consumer(EngineSettings settings, int queueKilobytes, int partitions = 1)
    {
        Dictionary<string, string> properties = new()
        {
            ["bootstrap.servers"] = settings.BrokerList,
            ["check.crcs"] = "true",
            ["reconnect.backoff.max.ms"] = LongestReconnectMilliseconds,
            // A partition that is assigned while a fetch waits at the broker is only asked for in the next one.
            ["fetch.wait.max.ms"] = "100",
            ["fetch.queue.backoff.ms"] = "10",
            // Small fetches stay in the processor's caches, and their memory is used again instead of growing (a larger packet still comes whole).
            ["fetch.message.max.bytes"] = "524288",
            ["queued.min.messages"] = "20000",
            ["queued.max.messages.kbytes"] = Text(queueKilobytes),
        };
        if (partitions >= ManyPartitions)
        {
            // A fetch that brings less than every partition's share leaves the last ones of it with nothing, again and again.
            properties["fetch.message.max.bytes"] = "131072";
            properties["fetch.max.bytes"] = "52428800";
        }

        Override(properties, settings.ConsumerProperties);
        return properties;
    }

    public static int MaxMessageBytes(IReadOnlyDictionary<string, string> producerProperties) =>
        producerProperties.TryGetValue("message.max.bytes", out string? text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
            ? bytes
            : DefaultMaxMessageBytes;

    /// <summary>How long the producer tries to deliver a record; librdkafka's 0 is for ever.</summary>
    public static int MessageTimeoutMilliseconds(IReadOnlyDictionary<string, string> producerProperties)
    {
        foreach (string name in new[] { "message.timeout.ms", "delivery.timeout.ms" })
        {
            if (producerProperties.TryGetValue(name, out string? text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds))
            {
                return milliseconds > 0 ? milliseconds : int.MaxValue;
            }
        }

        return DefaultMessageTimeoutMilliseconds;
    }

    /// <summary>Tells whether a producer's property that was not given is what another one made of it.</summary>
    public static bool IsDerived(string name, string value) => name == Idempotence && value == "false";

    private static void Override(Dictionary<string, string> properties, IReadOnlyDictionary<string, string> given)
    {
        foreach (KeyValuePair<string, string> property in given)
        {
            properties[property.Key] = property.Value;
        }
    }

    /// <summary>Sessions are written by the offsets that the broker answers with, and by whether it does.</summary>
    private static void RequireAnswers(Dictionary<string, string> properties)
    {
        if (properties["acks"] == "0")
        {
            throw new StreamingException(
                ErrorCode.InvalidConfiguration, "property acks = '0' was refused: this library needs the broker's answers; use 1 or all");
        }

        if (properties.TryGetValue("transactional.id", out string? id) && id.Length > 0)
        {
            throw new StreamingException(
                ErrorCode.InvalidConfiguration, $"property transactional.id = '{id}' was refused: this library writes without transactions; leave it out");
        }
    }

    /// <summary>Acknowledgement settings that idempotence cannot work with switch it off, unless it was asked for too.</summary>
    private static void YieldIdempotence(
        Dictionary<string, string> properties, IReadOnlyDictionary<string, string> given, LogQueue logs)
    {
        if (given.ContainsKey(Idempotence))
        {
            return;
        }

        string? reason = Contradiction(given);
        if (reason is null)
        {
            return;
        }

        properties[Idempotence] = "false";
        logs.Add(WarningLevel, "CONFIG", $"{reason} rules out idempotence, so {Idempotence} is off: a retry may store a packet twice or out of order");
    }

    private static string? Contradiction(IReadOnlyDictionary<string, string> given)
    {
        foreach (string name in new[] { "acks", "request.required.acks" })
        {
            if (given.TryGetValue(name, out string? acks) && acks is not ("all" or "-1"))
            {
                return $"{name}={acks}";
            }
        }

        foreach (string name in new[] { "max.in.flight", "max.in.flight.requests.per.connection" })
        {
            if (given.TryGetValue(name, out string? text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int inFlight) && inFlight > 5)
            {
                return $"{name}={text}";
            }
        }

        return null;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
