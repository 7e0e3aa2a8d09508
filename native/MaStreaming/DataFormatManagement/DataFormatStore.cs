using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.Engine;
using MaStreaming.Kafka;
using MaStreaming.Protocol;

namespace MaStreaming.DataFormatManagement;

/// <summary>The data formats of every data source that was asked for, as its essentials tell them (wire contract 4).</summary>
internal sealed class DataFormatStore(LogQueue logs)
{
    private const int WarningLevel = 4;

    private readonly object _gate = new();
    private readonly Dictionary<string, DataSourceFormats> _dataSources = new(StringComparer.Ordinal);
    private readonly List<ObserverQueue<DataFormat>> _observers = [];

    /// <summary>Definitions that gave a known id another meaning; the first one holds.</summary>
    public long Redefined { get; private set; }

    /// <summary>How many formats are known, of all data sources that were asked for.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _dataSources.Values.Sum(formats => formats.Count);
            }
        }
    }

    public IStateSink SinkFor(string dataSource)
    {
        lock (_gate)
        {
            return Formats(dataSource);
        }
    }

    public DataFormat? Find(string dataSource, DataFormatType kind, IReadOnlyList<string> identifiers)
    {
        lock (_gate)
        {
            return Formats(dataSource).Find(kind, identifiers);
        }
    }

    public DataFormat? Find(string dataSource, DataFormatType kind, ulong id)
    {
        lock (_gate)
        {
            return Formats(dataSource).Find(kind, id);
        }
    }

    public IReadOnlyList<DataFormat> All(string dataSource)
    {
        lock (_gate)
        {
            return Formats(dataSource).All();
        }
    }

    public ObserverQueue<DataFormat> Observe()
    {
        lock (_gate)
        {
            ObserverQueue<DataFormat> queue = new(Forget);
            _observers.Add(queue);
            return queue;
        }
    }

    private void Forget(ObserverQueue<DataFormat> queue)
    {
        lock (_gate)
        {
            _observers.Remove(queue);
        }
    }

    private DataSourceFormats Formats(string dataSource)
    {
        if (!_dataSources.TryGetValue(dataSource, out DataSourceFormats? formats))
        {
            formats = new DataSourceFormats(this, dataSource);
            _dataSources.Add(dataSource, formats);
        }

        return formats;
    }

    private void Announce(DataFormat format)
    {
        foreach (ObserverQueue<DataFormat> observer in _observers)
        {
            observer.Add(format);
        }
    }

    /// <summary>The formats of one data source. All of its members are called under the store's gate, or take it.</summary>
    private sealed class DataSourceFormats(DataFormatStore store, string dataSource) : IStateSink
    {
        private readonly Dictionary<(DataFormatType Kind, string Key), DataFormat> _byKey = [];
        private readonly Dictionary<(DataFormatType Kind, ulong Id), string> _byId = [];
        private readonly List<(DataFormatType Kind, string Key)> _order = [];

        public DataFormat? Find(DataFormatType kind, IReadOnlyList<string> identifiers) =>
            _byKey.GetValueOrDefault((kind, Key(identifiers)));

        public DataFormat? Find(DataFormatType kind, ulong id) =>
            _byId.TryGetValue((kind, id), out string? key) ? _byKey[(kind, key)] : null;

        public int Count => _order.Count;

        public DataFormat[] All() => _order.Select(key => _byKey[key]).ToArray();

        public void Apply(in StateRecord record, ReadOnlySpan<byte> value)
        {
            // Other essentials (configurations above all) are many and large: look at the type only.
            if (!PacketView.TryParse(value, out PacketView packet)
                || !packet.TypeIs(PacketTypes.DataFormatDefinition)
                || !DataFormatDefinitionPacket.TryParse(packet.Content, out DataFormatDefinitionPacket? definition))
            {
                return;
            }

            lock (store._gate)
            {
                Add(definition, record.IsNews);
            }
        }

        /// <summary>Length-prefixed, so that ["a,b"] and ["a", "b"] stay apart; the joined form is for display (wire contract 4.2).</summary>
        private static string Key(IReadOnlyList<string> identifiers) =>
            string.Concat(identifiers.Select(identifier => $"{identifier.Length}:{identifier}"));

        private void Add(DataFormatDefinitionPacket definition, bool isNews)
        {
            DataFormatType kind = definition.EventIdentifier is null ? DataFormatType.Parameter : DataFormatType.Event;
            IReadOnlyList<string> identifiers = definition.EventIdentifier is { } name ? [name] : definition.ParameterIdentifiers ?? [];
            string key = Key(identifiers);
            if (_byId.TryGetValue((kind, definition.Identifier), out string? known))
            {
                if (known != key)
                {
                    store.Redefined++;
                    store.LogRedefinition(dataSource, definition.Identifier);
                }

                return;
            }

            _byId.Add((kind, definition.Identifier), key);
            if (_byKey.TryGetValue((kind, key), out DataFormat? format))
            {
                format = format with { Ids = [.. format.Ids, definition.Identifier] };
            }
            else
            {
                format = new DataFormat(dataSource, kind, identifiers, [definition.Identifier]);
                _order.Add((kind, key));
            }

            _byKey[(kind, key)] = format;
            if (isNews)
            {
                store.Announce(format);
            }
        }
    }

    private void LogRedefinition(string dataSource, ulong id) =>
        logs.Add(WarningLevel, "FORMATS", $"data source '{dataSource}' defines data format {id} anew with other content; the first definition holds");
}
