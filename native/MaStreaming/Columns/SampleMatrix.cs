namespace MaStreaming.Columns;

/// <summary>What lies in the memory that is written; the kind of samples that a packet gets follows from it.</summary>
internal enum ElementKind
{
    /// <summary>double_samples.</summary>
    Float64 = 1,

    /// <summary>double_samples.</summary>
    Float32 = 2,

    /// <summary>int32_samples.</summary>
    Int32 = 3,

    /// <summary>int32_samples, as long as every value fits.</summary>
    Int64 = 4,

    /// <summary>One byte; bool_samples.</summary>
    Bool = 5,
}

/// <summary>Elements in memory of the caller, which is only read: element (p, s) is at address + p * parameter stride + s * sample stride, in bytes.</summary>
internal readonly unsafe struct StridedMemory(byte* address, long parameterStride, long sampleStride)
{
    public byte* Address { get; } = address;

    public long ParameterStride { get; } = parameterStride;

    public long SampleStride { get; } = sampleStride;

    public byte* At(long parameter, long sample) => Address + (parameter * ParameterStride) + (sample * SampleStride);
}

/// <summary>Values by parameter and sample, with the statuses of each; without memory for statuses all are VALID.</summary>
internal readonly struct SampleMatrix
{
    public ElementKind Kind { get; init; }

    public int Parameters { get; init; }

    public long Samples { get; init; }

    public StridedMemory Values { get; init; }

    public StridedMemory Statuses { get; init; }

    public unsafe bool HasStatuses => Statuses.Address != null;
}
