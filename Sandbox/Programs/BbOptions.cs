using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Programs;

/// <summary>The arguments of buoyantio/bb's <c>terminus</c> strategy that make sense for an HTTP/1.1 server.</summary>
internal sealed record BbOptions(string Id, int Port, string ResponseText, int PercentFailure, TimeSpan Sleep, int TerminateAfter)
{
    /// <exception cref="UsageException">Another strategy, an unknown flag, or a value that makes no sense.</exception>
    public static BbOptions Parse(string[] arguments)
    {
        if (arguments is not ["terminus", .. var flags])
        {
            throw new UsageException("bb here knows one strategy: bb terminus --h1-server-port=8080 --response-text=hello");
        }
        var line = new CommandLine(
            flags, ["h1-server-port", "response-text", "percent-failure", "sleep-in-millis", "terminate-after", "id", "log-level"], ["fire-and-forget"]);
        var port = line.Number("h1-server-port", -1);
        var failure = line.Number("percent-failure", 0);
        if (port is < 1 or > 65535)
        {
            throw new UsageException("bb needs --h1-server-port=1..65535");
        }
        if (failure is < 0 or > 100)
        {
            throw new UsageException($"--percent-failure takes 0 to 100, not {failure}");
        }
        return new BbOptions(
            line.Value("id") ?? $"terminus-grpc:-1-h1:{port}", port, line.Value("response-text") ?? "", failure,
            TimeSpan.FromMilliseconds(line.Number("sleep-in-millis", 0)), line.Number("terminate-after", 0));
    }
}
