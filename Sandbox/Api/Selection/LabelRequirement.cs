namespace Mesh.Sandbox.Api.Selection;

/// <summary>One condition of a label selector.</summary>
/// <param name="Key">The label's name.</param>
/// <param name="Operator">In, NotIn, Exists, DoesNotExist, Gt or Lt.</param>
/// <param name="Values">What the operator compares with.</param>
internal sealed record LabelRequirement(string Key, string Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            "In" => present && Values.Contains(value),
            "NotIn" => !present || !Values.Contains(value),
            "Exists" => present,
            "DoesNotExist" => !present,
            "Gt" => present && long.TryParse(value, out var more) && long.TryParse(Values[0], out var floor) && more > floor,
            "Lt" => present && long.TryParse(value, out var less) && long.TryParse(Values[0], out var ceiling) && less < ceiling,
            _ => false,
        };
    }
}
