using System.Text;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Routing;

/// <summary>What one header field must be.</summary>
internal sealed class HeaderCondition
{
    private readonly byte[] _name;
    private readonly byte[] _value;
    private readonly TextPattern? _pattern;

    private HeaderCondition(string name, string value, TextPattern? pattern)
    {
        _name = Encoding.ASCII.GetBytes(name);
        _value = Encoding.UTF8.GetBytes(value);
        _pattern = pattern;
    }

    /// <returns>Null when the regular expression is none.</returns>
    public static HeaderCondition? TryCreate(HeaderMatch match)
    {
        var pattern = match.RegularExpression ? TextPattern.TryCreate(match.Value) : null;
        return match.RegularExpression && pattern is null
            ? null
            : new HeaderCondition(match.Name.ToLowerInvariant(), match.Value, pattern);
    }

    /// <summary>Whether one of the fields of the name is as it must be.</summary>
    public bool Holds<TFields>(TFields fields)
        where TFields : IHeaderFields, allows ref struct
    {
        var position = 0;
        while (fields.TryFind(_name, ref position, out var value))
        {
            if (_pattern is null ? value.SequenceEqual(_value) : _pattern.IsMatch(value))
            {
                return true;
            }
        }
        return false;
    }
}
