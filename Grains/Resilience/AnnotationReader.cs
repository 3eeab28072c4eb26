using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Grains.Resilience;

/// <summary>
/// Reads the values of one object's annotations. A value that cannot be used counts as absent and is remembered as a problem.
/// </summary>
internal sealed class AnnotationReader(ImmutableSortedDictionary<string, string> annotations)
{
    private readonly List<AnnotationProblem> _problems = [];

    public IReadOnlyList<AnnotationProblem> Problems => _problems;

    public IEnumerable<string> Keys => annotations.Keys;

    public bool Has(string annotation) => annotations.ContainsKey(annotation);

    /// <summary>Without the blanks around it; null when there is no such annotation.</summary>
    public string? Text(string annotation) => annotations.TryGetValue(annotation, out var text) ? text.Trim() : null;

    /// <summary>Milliseconds.</summary>
    public uint? Duration(string annotation)
    {
        if (Text(annotation) is not { } text)
        {
            return null;
        }
        if (DurationParser.TryParse(text, out var milliseconds))
        {
            return milliseconds;
        }
        Refuse(annotation, $"'{text}' is no duration and is ignored. Write a number with its unit, such as 200ms, 1.5s or 2m.");
        return null;
    }

    public uint? Number(string annotation, uint least, uint most)
    {
        if (Text(annotation) is not { } text)
        {
            return null;
        }
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }
        Refuse(annotation, $"'{text}' is no number from {least} to {most} and is ignored.");
        return null;
    }

    public void Refuse(string annotation, string message) => _problems.Add(new AnnotationProblem(annotation, $"{annotation}: {message}"));
}
