using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Cli.Identity;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary>What an <see cref="InstallValue"/> can be.</summary>
/// <param name="Rule">What is allowed, as the end of "this must be …".</param>
/// <param name="IsMap">Whether names follow the value's own, such as <c>proxy.env.NAME</c>.</param>
internal abstract partial record ValueKind(string Rule, bool IsMap = false)
{
    /// <summary>A DNS label.</summary>
    public static ValueKind Label { get; } = new TextKind("a name of a-z, 0-9 and '-' (a DNS label)", DnsLabel.IsValid);

    /// <summary>A DNS name.</summary>
    public static ValueKind Domain { get; } =
        new TextKind("a DNS name in lower case", text => text.Length <= 253 && text.Split('.').All(DnsLabel.IsValid));

    /// <summary>A container image, with or without tag and digest.</summary>
    public static ValueKind Image { get; } = new TextKind("an image, such as registry.example/mesh/silo:1", ImagePattern().IsMatch);

    /// <summary>Where images come from.</summary>
    public static ValueKind Registry { get; } = new TextKind("a registry and path, such as registry.example/mesh", RegistryPattern().IsMatch);

    /// <summary>Networks separated by commas.</summary>
    public static ValueKind Networks { get; } = new TextKind(
        "networks separated by commas, such as 10.0.0.0/8,fd00::/8",
        text => text.Split(',').All(n => n.Contains('/', StringComparison.Ordinal) && IPNetwork.TryParse(n, out _)));

    /// <summary>Names of Secrets separated by commas; they become references.</summary>
    public static ValueKind Names { get; } = new TextKind(
        "names separated by commas", text => text.Split(',').All(n => n.Split('.').All(DnsLabel.IsValid)));

    /// <summary>True or false.</summary>
    public static ValueKind Switch { get; } = new SwitchKind();

    /// <summary>An amount of a resource.</summary>
    public static ValueKind Quantity { get; } = new QuantityKind();

    /// <summary>Environment variables, whose values are always text.</summary>
    public static ValueKind Environment { get; } = new MapKind("a variable's value", VariablePattern().IsMatch);

    /// <summary>Labels of nodes.</summary>
    public static ValueKind Labels { get; } = new MapKind("a label's value", name => name.Length > 0);

    /// <summary>Tolerations; only a file can give them.</summary>
    public static ValueKind Tolerations { get; } = new TolerationsKind();

    /// <summary>One of a few words.</summary>
    public static ValueKind OneOf(params string[] words) => new TextKind($"one of {string.Join(", ", words)}", words.Contains);

    /// <summary>A whole number in a range.</summary>
    public static ValueKind Number(int from, int to) => new NumberKind(from, to);

    /// <param name="given">From a file: any YAML value; from the command line: text.</param>
    /// <param name="fromText">Whether it is from the command line, where nothing has a type.</param>
    /// <returns>The value as it is kept, or null when it is not of this kind.</returns>
    public abstract JsonNode? Accept(JsonNode given, bool fromText);

    /// <summary>Whether <paramref name="name"/> can be a name in a map.</summary>
    public virtual bool AcceptsName(string name) => false;

    /// <summary>The value as a person writes it.</summary>
    public virtual string Show(JsonNode? value) => value is JsonValue scalar ? scalar.ToString() : "";

    private static string? AsText(JsonNode node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.ToString() : null;

    private sealed record TextKind(string Rule, Func<string, bool> Valid) : ValueKind(Rule)
    {
        // Not 0123 or yes without quotes: YAML has read something else by now.
        public override JsonNode? Accept(JsonNode given, bool fromText) => AsText(given) is { } text && Valid(text) ? text : null;
    }

    private sealed record SwitchKind() : ValueKind("true or false")
    {
        public override JsonNode? Accept(JsonNode given, bool fromText) => given.ToJsonString() switch
        {
            "true" => true,
            "false" => false,
            "\"true\"" when fromText => true,
            "\"false\"" when fromText => false,
            _ => null,
        };

        public override string Show(JsonNode? value) => value?.ToJsonString() ?? "";
    }

    private sealed record NumberKind(int From, int To) : ValueKind($"a number from {From} to {To}")
    {
        public override JsonNode? Accept(JsonNode given, bool fromText) =>
            (given.GetValueKind() == JsonValueKind.Number || fromText)
            && int.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= From && number <= To
                ? number
                : null;
    }

    private sealed record QuantityKind() : ValueKind("a quantity such as 500m, 2 or 256Mi")
    {
        public override JsonNode? Accept(JsonNode given, bool fromText) =>
            given is JsonValue value && value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number && QuantityPattern().IsMatch(given.ToString())
                ? given.ToString()
                : null;
    }

    private sealed record MapKind(string Rule, Func<string, bool> Name) : ValueKind(Rule, IsMap: true)
    {
        // A number is as good as text here: proxy.env.MESH_LIMIT_STREAMS: 100.
        public override JsonNode? Accept(JsonNode given, bool fromText) =>
            given.GetValueKind() is JsonValueKind.String or JsonValueKind.Number && !given.ToString().Any(char.IsControl) ? given.ToString() : null;

        public override bool AcceptsName(string name) => Name(name);
    }

    private sealed record TolerationsKind() : ValueKind("a list of tolerations, in a file given with --values")
    {
        private static readonly string[] Fields = ["key", "operator", "value", "effect", "tolerationSeconds"];

        public override JsonNode? Accept(JsonNode given, bool fromText) =>
            given is JsonArray list && list.All(t => t is JsonObject toleration && toleration.All(f => Fields.Contains(f.Key))) ? list.DeepClone() : null;

        public override string Show(JsonNode? value) => value is null ? "" : KubernetesYaml.Write(value);
    }

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9._/-]*(:[0-9]+(/[a-zA-Z0-9._/-]+))?(:[a-zA-Z0-9._-]+)?(@sha256:[0-9a-f]{64})?\z")]
    private static partial Regex ImagePattern();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*\z")]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?\z")]
    private static partial Regex QuantityPattern();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariablePattern();
}
