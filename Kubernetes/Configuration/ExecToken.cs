using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Configuration;

/// <summary>
/// A kubeconfig's exec plugin (client.authentication.k8s.io): a program that prints a token. Run at first use, and again shortly before the
/// token expires. Plugins that hand out client certificates instead are not supported, and said so.
/// </summary>
internal sealed class ExecToken : ITokenSource, IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);
    private readonly KubeconfigEntry _user;
    private readonly JsonObject _exec;
    private readonly string _command;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _running = new(1, 1);
    private string? _token;
    private DateTimeOffset _expires;

    private ExecToken(KubeconfigEntry user, JsonObject exec, string command, TimeProvider time)
    {
        _user = user;
        _exec = exec;
        _command = command;
        _time = time;
    }

    public static ExecToken Create(KubeconfigEntry user, JsonObject exec, TimeProvider? time = null) =>
        new(user, exec, exec["command"]?.ToString() ?? throw user.Invalid("exec has no command"), time ?? TimeProvider.System);

    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            if (_token is null || _time.GetUtcNow() > _expires - Margin)
            {
                (_token, _expires) = Parse(await RunAsync(cancellationToken));
            }
            return _token;
        }
        finally
        {
            _running.Release();
        }
    }

    public void Dispose() => _running.Dispose();

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_command) { RedirectStandardOutput = true };
        foreach (var argument in _exec["args"] as JsonArray ?? [])
        {
            start.ArgumentList.Add(argument?.ToString() ?? "");
        }
        foreach (var variable in _exec["env"] as JsonArray ?? [])
        {
            start.Environment[variable?["name"]?.ToString() ?? ""] = variable?["value"]?.ToString();
        }
        var version = _exec["apiVersion"]?.ToString() ?? "client.authentication.k8s.io/v1";
        start.Environment["KUBERNETES_EXEC_INFO"] =
            $$$"""{"apiVersion":"{{{version}}}","kind":"ExecCredential","spec":{"interactive":false}}""";
        try
        {
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? output : throw _user.Invalid($"its exec plugin \"{_command}\" ended with exit code {process.ExitCode}");
        }
        catch (Win32Exception e)
        {
            var hint = _exec["installHint"]?.ToString();
            throw _user.Invalid($"its exec plugin \"{_command}\" cannot be started ({e.Message}){(hint is null ? "" : $". {hint}")}", e);
        }
    }

    private (string Token, DateTimeOffset Expires) Parse(string output)
    {
        JsonNode? status;
        try
        {
            status = JsonNode.Parse(output)?["status"];
        }
        catch (JsonException e)
        {
            throw _user.Invalid($"its exec plugin \"{_command}\" did not print an ExecCredential", e);
        }
        if (status?["token"]?.ToString() is not { Length: > 0 } token)
        {
            throw _user.Invalid($"its exec plugin \"{_command}\" gave no token (client certificates from plugins are not supported)");
        }
        var until = status["expirationTimestamp"]?.ToString();
        return (token, DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, out var expires) ? expires : DateTimeOffset.MaxValue);
    }
}
