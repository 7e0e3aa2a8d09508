using System.ComponentModel;

namespace System.Runtime.CompilerServices;

/// <summary>Marks a member as <c>required</c>, and the type that has one.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field | AttributeTargets.Property, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
internal sealed class RequiredMemberAttribute : Attribute;

/// <summary>Names a language feature that a compiler must know to use the member.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
[EditorBrowsable(EditorBrowsableState.Never)]
internal sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
{
    /// <summary>The name of the feature.</summary>
    public string FeatureName { get; } = featureName;
}
