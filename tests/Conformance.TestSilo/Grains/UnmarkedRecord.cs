namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Without [GenerateSerializer], so that Orleans would refuse it.</summary>
public sealed record UnmarkedRecord(string Text);
