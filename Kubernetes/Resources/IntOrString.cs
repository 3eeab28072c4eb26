using System.Globalization;
using System.Text.Json.Serialization;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>
/// A number or a name, such as a port. Reading never fails: what is neither (a list, a fraction, a boolean) gives a value that is
/// neither, so that one hostile object cannot spoil a list. Absent in a required place gives the same.
/// </summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    private IntOrString(int? number, string? text)
    {
        Number = number;
        Text = text;
    }

    /// <summary>The number, or null.</summary>
    public int? Number { get; }

    /// <summary>The text, or null. Digits in quotes are text.</summary>
    public string? Text { get; }

    /// <summary>False when it was neither a number nor a text.</summary>
    public bool IsValid => Number is not null || Text is not null;

    public static implicit operator IntOrString(int number) => new(number, null);

    public static implicit operator IntOrString(string text) => new(null, text);

    public override string ToString() => Number?.ToString(CultureInfo.InvariantCulture) ?? Text ?? "";
}
