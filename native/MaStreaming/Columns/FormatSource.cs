using System;
using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Columns;

/// <summary>Where a reader of columns gets data formats from, and tells what is wrong.</summary>
/// <param name="Find">The parameters of a data format; null while it is not known.</param>
/// <param name="Load">Waits until all data formats that the broker has are known.</param>
/// <param name="Warn">Writes a line to the log.</param>
internal sealed record FormatSource(Func<ulong, IReadOnlyList<string>?> Find, Action<CancellationToken> Load, Action<string> Warn);
