namespace Mesh.Benchmarks.Processes;

/// <summary>Processor time in microseconds.</summary>
/// <param name="All">Of all processors.</param>
/// <param name="NotIdle">What of it was used: by us, by others, or by the hypervisor for other machines.</param>
internal readonly record struct MachineTime(double All, double NotIdle);
