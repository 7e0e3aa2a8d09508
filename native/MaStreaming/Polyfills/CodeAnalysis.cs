namespace System.Diagnostics.CodeAnalysis;

/// <summary>Says that a constructor sets all <c>required</c> members.</summary>
[AttributeUsage(AttributeTargets.Constructor)]
internal sealed class SetsRequiredMembersAttribute : Attribute;

/// <summary>Says that members are not null when the method returns.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true, Inherited = false)]
internal sealed class MemberNotNullAttribute(params string[] members) : Attribute
{
    /// <summary>The names of the members.</summary>
    public string[] Members { get; } = members;
}

/// <summary>Says that members are not null when the method returns a given value.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true, Inherited = false)]
internal sealed class MemberNotNullWhenAttribute(bool returnValue, params string[] members) : Attribute
{
    /// <summary>The value that says so.</summary>
    public bool ReturnValue { get; } = returnValue;

    /// <summary>The names of the members.</summary>
    public string[] Members { get; } = members;
}
