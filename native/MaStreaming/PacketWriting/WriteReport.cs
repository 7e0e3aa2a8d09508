using System.Collections.Generic;

namespace MaStreaming.PacketWriting;

/// <summary>What became of a writer's records. An essential packet is two records (wire contract 5).</summary>
/// <param name="Accepted">Taken into the producer's queue since the writer was made.</param>
/// <param name="Delivered">Acknowledged by the broker.</param>
/// <param name="Failed">Given up; they are not on the broker as far as is known.</param>
/// <param name="InFlight">Neither yet; of a flush, only those that were accepted before it.</param>
/// <param name="NewlyFailed">Of the failed, those that no report before this one has named.</param>
/// <param name="Failures">Texts of the first failures.</param>
internal sealed record WriteReport(
    long Accepted, long Delivered, long Failed, long InFlight, long NewlyFailed, IReadOnlyList<string> Failures)
{
    /// <summary>How many failed for which reason.</summary>
    public IReadOnlyDictionary<string, long> FailedByReason { get; init; } = new Dictionary<string, long>();
}
