using System;
using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Engine;

/// <summary>What one observer has not taken yet. Sessions and formats change rarely, so it has no bound of its own.</summary>
internal sealed class ObserverQueue<T>(Action<ObserverQueue<T>> onClosed, Action? onAdded = null)
    where T : class
{
    private readonly Queue<T> _items = new();
    private bool _closed;

    public bool IsClosed
    {
        get
        {
            lock (_items)
            {
                return _closed;
            }
        }
    }

    public void Add(T item)
    {
        lock (_items)
        {
            if (!_closed)
            {
                _items.Enqueue(item);
                Monitor.PulseAll(_items);
            }
        }

        onAdded?.Invoke();
    }

    /// <summary>The next item, or null when none comes within the time or the queue was closed.</summary>
    public T? Take(int timeoutMilliseconds)
    {
        lock (_items)
        {
            if (_items.Count == 0 && !_closed && timeoutMilliseconds > 0)
            {
                Monitor.Wait(_items, timeoutMilliseconds);
            }

            return _items.Count > 0 ? _items.Dequeue() : null;
        }
    }

    public void Close()
    {
        lock (_items)
        {
            _closed = true;
            Monitor.PulseAll(_items);
        }

        onClosed(this);
    }
}
