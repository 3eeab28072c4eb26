namespace Mesh.Proxy.Enrolment;

/// <summary>The content of the enrolment file.</summary>
/// <param name="BootId">The machine's boot: no network namespace outlives it.</param>
/// <param name="Enrolments">In no particular order.</param>
internal sealed record EnrolmentRecord(string BootId, IReadOnlyList<Enrolment> Enrolments);
