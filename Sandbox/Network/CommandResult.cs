namespace Mesh.Sandbox.Network;

/// <summary>How an external command ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;
}
