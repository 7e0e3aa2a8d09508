using System.Collections.Generic;
using MaStreaming.Kafka;

namespace MaStreaming.Engine;

/// <summary>Tells which properties a client has and whether they were given, for people to read.</summary>
internal static class EffectiveProperties
{
    /// <summary>Name, value (hidden where it is secret) and origin of each property of the producer.</summary>
    public static string[] OfProducer(StreamingEngine engine) =>
        Flatten(engine.ProducerProperties, engine.Settings.ProducerProperties, KafkaProducer.Required);

    /// <summary>The same of the consumer that reads the state.</summary>
    public static string[] OfConsumer(StreamingEngine engine) =>
        Flatten(engine.ConsumerProperties, engine.Settings.ConsumerProperties, KafkaConsumer.Required);

    private static string[] Flatten(
        IReadOnlyDictionary<string, string> properties, IReadOnlyDictionary<string, string> given, IReadOnlyDictionary<string, string> required)
    {
        List<string> flat = [];
        foreach (KeyValuePair<string, string> property in properties)
        {
            if (!required.ContainsKey(property.Key))
            {
                string origin = given.ContainsKey(property.Key) ? "given"
                    : ClientProperties.IsDerived(property.Key, property.Value) ? "derived"
                    : "default";
                Add(flat, property, origin);
            }
        }

        foreach (KeyValuePair<string, string> property in required)
        {
            Add(flat, property, "fixed");
        }

        return flat.ToArray();
    }

    private static void Add(List<string> flat, KeyValuePair<string, string> property, string origin)
    {
        flat.Add(property.Key);
        flat.Add(SecretProperties.Mask(property.Key, property.Value));
        flat.Add(origin);
    }
}
