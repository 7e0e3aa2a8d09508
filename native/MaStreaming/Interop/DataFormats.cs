using System.Globalization;
using System.Linq;
using MaStreaming.DataFormatManagement;
using MaStreaming.Engine;

namespace MaStreaming.Interop;

/// <summary>The ids of one list of parameters, or of one event.</summary>
public sealed class DataFormatData
{
    internal DataFormatData(DataFormat format)
    {
        DataSource = format.DataSource;
        Key = format.Key;
        Type = (int)format.Kind;
        Ids = format.Ids.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray();
        Identifiers = format.Identifiers.ToArray();
    }

    /// <summary>The data source that the format belongs to.</summary>
    public string DataSource { get; }

    /// <summary>The identifiers joined by commas.</summary>
    public string Key { get; }

    /// <summary>1 parameters, 2 event.</summary>
    public int Type { get; }

    /// <summary>Decimal texts, because an id does not fit into a double; the first is the one to use.</summary>
    public string[] Ids { get; }

    /// <summary>Parameters in their order, or the one event.</summary>
    public string[] Identifiers { get; }
}

/// <summary>The formats that were defined from the moment it was opened.</summary>
public sealed class DataFormatEventQueue
{
    private readonly ObserverQueue<DataFormat> _formats;

    internal DataFormatEventQueue(ObserverQueue<DataFormat> formats) => _formats = formats;

    /// <summary>The next format.</summary>
    /// <param name="timeoutMs">How long to wait at most, in milliseconds.</param>
    /// <returns>Null when none came, or the queue was closed.</returns>
    public DataFormatData? Next(int timeoutMs) => _formats.Take(timeoutMs) is { } format ? new DataFormatData(format) : null;

    /// <summary>True once nothing more will come.</summary>
    /// <returns>Whether the queue was closed.</returns>
    public bool IsClosed() => _formats.IsClosed;

    /// <summary>Ends the observation.</summary>
    public void Close() => _formats.Close();
}
