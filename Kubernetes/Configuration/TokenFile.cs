namespace Mesh.Kubernetes.Configuration;

/// <summary>
/// A token that something else renews in a file, as the kubelet does with projected service-account tokens. Read again when the file
/// has changed, which is looked for at most every ten seconds; while it cannot be read the last token is used.
/// </summary>
public sealed class TokenFile(string path, TimeProvider? time = null) : ITokenSource
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private string? _token;
    private long _checked;

    public ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_token is null || _time.GetElapsedTime(_checked) >= Recheck)
            {
                _token = Read() ?? _token;
                _checked = _time.GetTimestamp();
            }
            return new(_token ?? throw new KubernetesConfigurationException(
                $"The token file {path} is missing, empty or not readable. Check that it exists and that this user may read it."));
        }
    }

    private string? Read()
    {
        try
        {
            var text = File.ReadAllText(path).Trim();
            return text.Length == 0 ? null : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
