using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>Which grains wait for the call that runs here, the outermost first; it explains deadlocks.</summary>
internal static class CallChain
{
    // Deeper chains are cut: the list travels with every request.
    private const int Limit = 16;

    private static readonly AsyncLocal<string[]?> Running = new();

    public static string[] Current => Running.Value ?? [];

    /// <summary>For the rest of the asynchronous method that calls it.</summary>
    public static void Enter(string[] callers, GrainId grain) =>
        Running.Value = callers.Length < Limit ? [.. callers, grain.ToString()] : callers;
}
