namespace MaStreaming;

/// <summary>What went wrong; each code is one class of the Python package's error tree.</summary>
public enum ErrorCode
{
    /// <summary>Nothing went wrong.</summary>
    None = 0,

    /// <summary>An argument is outside what its operation accepts.</summary>
    InvalidArgument = 1,

    /// <summary>The configuration cannot be used.</summary>
    InvalidConfiguration = 2,

    /// <summary>No broker of the list could be reached.</summary>
    BrokerUnavailable = 3,

    /// <summary>An operation did not finish in its time.</summary>
    Timeout = 4,

    /// <summary>The object has not been started, or has been stopped.</summary>
    Lifecycle = 5,

    /// <summary>No session has this key.</summary>
    UnknownSession = 6,

    /// <summary>No data format has this identifier.</summary>
    UnknownDataFormat = 7,

    /// <summary>The bytes are no serialised Packet.</summary>
    InvalidPacket = 8,

    /// <summary>The producer's queue is full; the same call may succeed later.</summary>
    QueueFull = 9,

    /// <summary>The broker did not take a packet that was accepted for sending.</summary>
    DeliveryFailed = 10,

    /// <summary>A packet is larger than the configuration or the broker allows.</summary>
    MessageTooLarge = 11,

    /// <summary>A topic is missing and cannot be created, or its name is not legal.</summary>
    TopicUnavailable = 12,

    /// <summary>The broker's retention has deleted data that was asked for.</summary>
    DataExpired = 13,

    /// <summary>This build or this broker cannot do it.</summary>
    NotSupported = 14,

    /// <summary>The object was closed while the call waited.</summary>
    Closed = 15,

    /// <summary>The broker refused the credentials, or was itself refused.</summary>
    Authentication = 16,

    /// <summary>The caller cancelled the operation.</summary>
    Cancelled = 17,

    /// <summary>A fault of this library.</summary>
    Internal = 18,
}
