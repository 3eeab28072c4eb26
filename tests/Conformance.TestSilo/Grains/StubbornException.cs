namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Cannot be made of a message, so it cannot be made on the other side.</summary>
public sealed class StubbornException(int code) : Exception($"code {code}");
