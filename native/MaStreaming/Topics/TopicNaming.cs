namespace MaStreaming.Topics;

/// <summary>How topics are named (wire contract 1.1, 1.3). The numbers cross the boundary.</summary>
internal enum TopicNaming
{
    /// <summary>Whatever the broker's session topic shows.</summary>
    Auto = 0,

    /// <summary>The contract's Gen A: <c>SessionInfo</c>, <c>{ds}</c>, <c>{ds}_essential</c>, <c>{ds}.{stream}</c>; no domain.</summary>
    V1 = 1,

    /// <summary>
    /// The contract's Gen B: after the domain <c>Sys.SessionInfo</c>, <c>Data.{ds}</c>, <c>Essential.{ds}</c>, <c>Data.{ds}.{stream}</c>.
    /// </summary>
    V2 = 2,

    /// <summary>Gen B with the other spelling: <c>System.SessionInfo</c> and <c>Essentials.{ds}</c>.</summary>
    V2Alternate = 3,
}
