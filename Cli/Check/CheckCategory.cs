namespace Mesh.Cli.Check;

/// <summary>Checks under one heading, run in order.</summary>
internal sealed record CheckCategory(string Name, IReadOnlyList<CheckItem> Items);
