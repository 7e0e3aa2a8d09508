using System;
using System.Collections.Generic;

namespace MaStreaming.Kafka;

/// <summary>rd_kafka_conf_t: the properties of a client that is about to be made.</summary>
internal sealed class ConfigurationHandle : CountedHandle
{
    public ConfigurationHandle() =>
        Own(LibRdKafka.NewConfiguration(), () => new StreamingException(ErrorCode.Internal, "no configuration object could be made"));

    /// <summary>Sets a property.</summary>
    /// <exception cref="StreamingException">The property is unknown or the value is not one of its.</exception>
    public unsafe void Set(string name, string value)
    {
        byte* reason = stackalloc byte[LibRdKafka.ErrorTextSize];
        if (LibRdKafka.SetConfiguration(this, name, value, reason, (UIntPtr)LibRdKafka.ErrorTextSize) == LibRdKafka.ConfigurationOk)
        {
            return;
        }

        string shown = SecretProperties.Mask(name, value);
        string text = LibRdKafka.Text(reason);
        if (shown != value && value.Length > 0)
        {
            text = text.Replace(value, shown, StringComparison.Ordinal);
        }

        throw new StreamingException(ErrorCode.InvalidConfiguration, $"property {name} = '{shown}' was refused: {text}");
    }

    public void SetEvents(int events) => LibRdKafka.SetConfigurationEvents(this, events);

    /// <summary>Says that a client took the configuration over.</summary>
    public void Taken() => Surrender();

    /// <summary>Makes a configuration.</summary>
    /// <param name="properties">What the caller wants.</param>
    /// <param name="required">What the client needs to work; the caller may repeat but not contradict it.</param>
    /// <param name="events">The kinds of events that come by queue.</param>
    public static ConfigurationHandle Build(
        IReadOnlyDictionary<string, string> properties, IReadOnlyDictionary<string, string> required, int events)
    {
        ConfigurationHandle configuration = new();
        try
        {
            foreach (KeyValuePair<string, string> property in properties)
            {
                if (required.TryGetValue(property.Key, out string? needed) && needed != property.Value)
                {
                    throw new StreamingException(
                        ErrorCode.InvalidConfiguration,
                        $"property {property.Key} = '{property.Value}' was refused: this library needs it to be '{needed}'");
                }

                configuration.Set(property.Key, property.Value);
            }

            foreach (KeyValuePair<string, string> property in required)
            {
                configuration.Set(property.Key, property.Value);
            }

            configuration.SetEvents(events);
            return configuration;
        }
        catch
        {
            configuration.Dispose();
            throw;
        }
    }

    protected override void Free(IntPtr value) => LibRdKafka.DestroyConfiguration(value);
}
