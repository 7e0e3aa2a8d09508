using System;
using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Columns;

/// <summary>Where a reader of columns gets data formats from.</summary>
/// <param name="Find">The parameters of a data format; null while it is not known.</param>
/// <param name="FindEvent">The event of a data format; null while it is not known.</param>
/// <param name="Load">Waits until all data formats that the broker has are known.</param>
internal sealed record FormatSource(Func<ulong, IReadOnlyList<string>?> Find, Func<ulong, string?> FindEvent, Action<CancellationToken> Load);
