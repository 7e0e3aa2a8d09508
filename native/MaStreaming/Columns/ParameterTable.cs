using System;
using System.Collections.Generic;
using System.Linq;
using MaStreaming.PacketReading;

namespace MaStreaming.Columns;

/// <summary>The selected parameters that a reader has met, by number.</summary>
/// <param name="patterns">Identifiers, or patterns of them (<see cref="IdentifierPattern"/>); null selects every parameter.</param>
internal sealed class ParameterTable(IReadOnlyCollection<string>? patterns)
{
    /// <summary>The number of every parameter that is not selected.</summary>
    public const int NotSelected = -1;

    private readonly HashSet<string>? _names = patterns?.ToHashSet(StringComparer.Ordinal);
    private readonly string[] _wildcards = patterns?.Where(pattern => pattern.AsSpan().IndexOfAny('*', '?') >= 0).ToArray() ?? [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _identifiers = [];

    /// <summary>Whether no parameter can be selected.</summary>
    public bool SelectsNothing => _names is { Count: 0 };

    /// <summary>How many there are; numbers begin at 0.</summary>
    public int Count => _identifiers.Count;

    /// <summary>The identifier of a number.</summary>
    public string this[int number] => _identifiers[number];

    /// <summary>The number of a parameter, always the same, or <see cref="NotSelected"/>.</summary>
    public int NumberOf(string identifier)
    {
        if (!_numbers.TryGetValue(identifier, out int number))
        {
            if (!IsSelected(identifier))
            {
                return NotSelected;
            }

            number = _identifiers.Count;
            _identifiers.Add(identifier);
            _numbers.Add(identifier, number);
        }

        return number;
    }

    private bool IsSelected(string identifier) =>
        _names is null || _names.Contains(identifier) || Array.Exists(_wildcards, pattern => IdentifierPattern.Matches(pattern, identifier));
}
