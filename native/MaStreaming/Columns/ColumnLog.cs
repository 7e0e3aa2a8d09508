using System;

namespace MaStreaming.Columns;

/// <summary>Where a reader of columns says what is wrong, and that it is so no longer.</summary>
/// <param name="Warn">Writes a warning.</param>
/// <param name="Tell">Writes good news.</param>
internal sealed record ColumnLog(Action<string> Warn, Action<string> Tell);
