namespace Mesh.Cli.Tables;

/// <summary>A column of a plain table.</summary>
internal sealed record TableColumn(string Heading, bool Right = true);
