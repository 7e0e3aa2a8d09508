using System;
using System.Collections.Generic;
using System.Threading;

namespace MaStreaming.Kafka;

/// <summary>Starts the threads of this library: in the background, named, counted, and never ended by an exception that nobody sees.</summary>
internal static class BackgroundThread
{
    private static readonly List<string> Names = [];

    /// <summary>Threads that run now.</summary>
    public static int LiveCount
    {
        get
        {
            lock (Names)
            {
                return Names.Count;
            }
        }
    }

    /// <summary>Returns the names of the threads that run now, empty for none.</summary>
    public static string Describe()
    {
        lock (Names)
        {
            return string.Join(", ", Names);
        }
    }

    /// <summary>Starts a thread.</summary>
    /// <param name="name">Its name, for debuggers and <see cref="Describe"/>.</param>
    /// <param name="body">What it does.</param>
    /// <param name="onFailure">Gets the exception that ended the body, on that thread; must not throw.</param>
    public static Thread Start(string name, Action body, Action<Exception> onFailure)
    {
        Thread thread = new(() => Run(name, body, onFailure)) { IsBackground = true, Name = name };
        lock (Names)
        {
            Names.Add(name);
        }

        try
        {
            thread.Start();
        }
        catch
        {
            Ended(name);
            throw;
        }

        return thread;
    }

    private static void Run(string name, Action body, Action<Exception> onFailure)
    {
        try
        {
            body();
        }
#pragma warning disable CA1031 // An exception that leaves a thread ends the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            onFailure(failure);
        }
        finally
        {
            Ended(name);
        }
    }

    private static void Ended(string name)
    {
        lock (Names)
        {
            Names.Remove(name);
        }
    }
}
