using System.Text;
using Mesh.Cli.Check;
using Mesh.Cli.CommandLine;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;

namespace Mesh.Cli.Multicluster;

/// <summary>Whether the membership of the mesh has a home, and this cluster's silos reach it.</summary>
internal sealed class HomeChecks
{
    private const string JoinAgain =
        "join again: `mesh multicluster install --gateway=false --join <context of the home> | kubectl apply -f -`";

    // Silos renew before two thirds are over. Past that something keeps them from it.
    private const double Late = 0.75;

    private readonly CheckTarget _target;
    private string? _home;
    private string? _answer;
    private string? _remaining;

    private HomeChecks(CheckTarget target) => _target = target;

    public static CheckCategory Create(CheckTarget target)
    {
        var checks = new HomeChecks(target);
        return new CheckCategory("mesh-membership",
        [
            new CheckItem("membership has a home", JoinAgain, checks.KnownAsync) { Note = () => checks._home },
            new CheckItem(
                "API of the home answers the silos",
                "until it does no silo can join and none that died is evicted; everything else goes on. Look at that cluster's API server and at the "
                + $"path from this cluster's pods to it, or {JoinAgain}",
                checks.AnswersAsync) { Retry = true, Note = () => checks._answer },
            new CheckItem(
                "token for the home is renewed in time",
                $"see the logs of statefulset/{MeshNames.Silo}; if it has expired, {JoinAgain}",
                checks.RenewedAsync) { Note = () => checks._remaining },
        ]);
    }

    private async Task KnownAsync(CancellationToken cancellationToken)
    {
        var own = await _target.ConfigAsync("clusterName", cancellationToken);
        if (await SecretAsync(cancellationToken) is not { } secret)
        {
            _home = $"{own}, this cluster itself";
            return;
        }
        string[] needed = [HomeSecret.Cluster, HomeSecret.Server, HomeSecret.Namespace, HomeSecret.Account, HomeSecret.Token];
        var missing = needed.Where(k => Text(secret, k).Length == 0).ToList();
        if (missing.Count > 0)
        {
            throw new CheckFailedException($"Secret {_target.MeshNamespace}/{HomeSecret.Name} has no {string.Join(", ", missing)}");
        }
        var home = Text(secret, HomeSecret.Cluster);
        if (home == own)
        {
            throw new CheckFailedException($"Secret {_target.MeshNamespace}/{HomeSecret.Name} says that {own} has joined itself");
        }
        _home = $"{home}, which {own} has joined";
    }

    private async Task AnswersAsync(CancellationToken cancellationToken)
    {
        var status = await _target.StatusAsync(cancellationToken);
        if (status.Membership is not { } membership)
        {
            _answer = $"not needed: {status.Engine} silos find each other without it";
            return;
        }
        if (membership.Problem.Length > 0)
        {
            throw new CheckFailedException($"{membership.Home} at {membership.Server}: {membership.Problem}");
        }
        if (await SecretAsync(cancellationToken) is { } secret && Text(secret, HomeSecret.Cluster) != membership.Home)
        {
            throw new CheckFailedException(
                $"the Secret says {Text(secret, HomeSecret.Cluster)}, and silos still use {membership.Home}; they end and begin anew within seconds");
        }
        _answer = membership.Server;
    }

    private async Task RenewedAsync(CancellationToken cancellationToken)
    {
        if (await SecretAsync(cancellationToken) is not { } secret)
        {
            _remaining = "none needed";
            return;
        }
        if (TokenLifetime.Read(Text(secret, HomeSecret.Token)) is not { } life)
        {
            _remaining = "it does not say how long it is good for, and is not renewed";
            return;
        }
        var left = life.Expires - _target.Time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            throw new CheckFailedException($"it expired {Length(-left)} ago");
        }
        if (left < life.Length * (1 - Late))
        {
            throw new CheckFailedException($"it is good for {Length(left)} of {Length(life.Length)} and should have been renewed by now");
        }
        _remaining = $"good for another {Length(left)}";
    }

    private Task<Secret?> SecretAsync(CancellationToken cancellationToken) =>
        _target.Kubernetes.GetOrNullAsync<Secret>(_target.MeshNamespace, HomeSecret.Name, cancellationToken);

    private static string Text(Secret secret, string key) => Encoding.UTF8.GetString(secret.Data.GetValueOrDefault(key) ?? []).Trim();

    private static string Length(TimeSpan time) =>
        time.TotalDays >= 2 ? $"{time.TotalDays:0} days" : time.TotalHours >= 2 ? $"{time.TotalHours:0} hours" : $"{time.TotalMinutes:0} minutes";
}
