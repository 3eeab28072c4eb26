namespace Mesh.Cli.Check;

/// <summary>Shows results as they come.</summary>
internal interface ICheckReport
{
    void Begin(CheckCategory category);

    void Add(CheckResult result);

    void End();

    void Finish(bool success);
}
