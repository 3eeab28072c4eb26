namespace Mesh.Grains.Policies;

/// <param name="Reason">One CamelCase word for the condition.</param>
/// <param name="Message">What is wrong and what to do.</param>
internal sealed record PolicyProblem(string Reason, string Message);
