using System.Collections.Generic;
using System.Linq;

namespace MaStreaming.Columns;

/// <summary>What the columns of a data format are: for each its parameter's number, worked out once.</summary>
internal sealed class FormatColumns
{
    public FormatColumns(IReadOnlyList<string> identifiers, ParameterTable parameters)
    {
        Parameters = identifiers.Select(parameters.NumberOf).ToArray();
        int[] selected = Parameters.Where(number => number != ParameterTable.NotSelected).ToArray();
        Selected = selected.Length;
        RepeatsParameter = selected.Distinct().Count() != Selected;
    }

    /// <summary>The number of each column's parameter, <see cref="ParameterTable.NotSelected"/> for those to skip.</summary>
    public int[] Parameters { get; }

    /// <summary>How many columns are selected.</summary>
    public int Selected { get; }

    /// <summary>True when a selected parameter is named twice: two values at one time.</summary>
    public bool RepeatsParameter { get; }
}
