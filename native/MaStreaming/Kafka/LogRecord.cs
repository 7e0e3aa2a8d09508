namespace MaStreaming.Kafka;

/// <summary>One log line of librdkafka or of ours.</summary>
/// <param name="Level">As in syslog: 0 emergency to 7 debug.</param>
/// <param name="Facility">Short name of what it is about.</param>
/// <param name="Message">The text.</param>
internal readonly record struct LogRecord(int Level, string Facility, string Message);
