using System;
using System.Collections.Generic;
using System.Linq;

namespace MaStreaming.Engine;

/// <summary>The records that routes had accepted at one moment; what they accept later is of no concern.</summary>
internal sealed class AcceptedRecords(IReadOnlyList<DeliveryRoute> routes)
{
    private readonly long[] _accepted = routes.Select(route => route.Accepted).ToArray();

    /// <summary>How many of them are neither stored nor given up. A route's records are settled in their order.</summary>
    public long InFlight
    {
        get
        {
            long inFlight = 0;
            for (int i = 0; i < routes.Count; i++)
            {
                long settled = routes[i].Delivered + routes[i].Failed;

                // A record that was taken back was accepted then, but nothing comes of it.
                inFlight += Math.Max(0, Math.Min(_accepted[i] - settled, routes[i].InFlight));
            }

            return inFlight;
        }
    }
}
