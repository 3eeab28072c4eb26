namespace Mesh.Cli.Check;

/// <summary>Shows results as they come.</summary>
internal interface ICheckReport
{
    /// <summary>Shows that a check does not hold yet, until the pause before its next try is over.</summary>
    Task WaitAsync(CheckItem item, string error, Task pause);

    void Begin(CheckCategory category);

    void Add(CheckResult result);

    void End();

    void Finish(bool success);
}
