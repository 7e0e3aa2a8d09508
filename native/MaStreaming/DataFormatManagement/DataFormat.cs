using System.Collections.Generic;
using MaStreaming.Protocol;

namespace MaStreaming.DataFormatManagement;

/// <summary>What one list of parameters, or one event, is known as: every id ever published for it (wire contract 4.4).</summary>
/// <param name="DataSource">The data source whose formats these are.</param>
/// <param name="Kind">Parameters or event.</param>
/// <param name="Identifiers">The parameters in their order, or the one event.</param>
/// <param name="Ids">The first one is the one to use.</param>
internal sealed record DataFormat(string DataSource, DataFormatType Kind, IReadOnlyList<string> Identifiers, IReadOnlyList<ulong> Ids)
{
    /// <summary>Identifiers joined as other software does to look them up (wire contract 4.2).</summary>
    public string Key => string.Join(",", Identifiers);
}
