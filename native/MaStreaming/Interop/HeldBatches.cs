using System.Collections.Generic;
using MaStreaming.Columns;

namespace MaStreaming.Interop;

/// <summary>Batches that another language looks at, by number; numbers are not used again.</summary>
internal sealed class HeldBatches
{
    private readonly Dictionary<long, ColumnBatch> _batches = [];
    private long _last;

    public long Add(ColumnBatch batch)
    {
        lock (_batches)
        {
            _batches.Add(++_last, batch);
            return _last;
        }
    }

    /// <summary>Frees a batch; doing it again changes nothing.</summary>
    public void Release(long number)
    {
        ColumnBatch? batch;
        lock (_batches)
        {
            _batches.Remove(number, out batch);
        }

        batch?.Dispose();
    }
}
