using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;
using Mesh.Silo.Configuration;

namespace Mesh.Silo.Membership;

/// <summary>
/// Looks after the Secret <c>mesh-membership-home</c>: ends the silo when the cluster has another home since, and renews the token before
/// two thirds of its life are over. Any silo of the cluster may do that; of several one wins, and all take what it has written.
/// </summary>
internal sealed partial class HomeWatch(
    KubernetesClient own,
    MembershipHome home,
    MembershipMetrics metrics,
    SiloOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<HomeWatch> logger)
    : BackgroundService
{
    /// <summary>How often the Secret is read.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // The API server gives none that live shorter.
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMinutes(10);

    // Every silo has its own, so that mostly one renews and the others find it done.
    private readonly double _renewAt = 0.5 + (0.15 * Random.Shared.NextDouble());
    private string? _problem;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogHome(home.Cluster, home.Connection.Client.Server);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken) && await TendAsync(stoppingToken))
        {
        }
    }

    /// <summary>One look at the Secret and the clock.</summary>
    /// <returns>False: the cluster has another home, and the silo has been asked to end.</returns>
    internal async Task<bool> TendAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(SiloTable.CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        HomeCredentials? credentials = null;
        try
        {
            var secret = await own.GetOrNullAsync<Secret>(options.PodNamespace, HomeSecret.Name, either.Token);
            credentials = secret is null ? null : HomeCredentials.Read(secret);
            if (home.Credentials is { } before ? !before.IsSameHome(credentials) : credentials is not null)
            {
                LogMoved(home.Cluster, credentials?.Cluster ?? options.ClusterName);
                lifetime.StopApplication();
                return false;
            }
            home.Take(credentials);
            if (secret is not null && credentials is not null)
            {
                await RenewAsync(secret, credentials, either.Token);
            }
            _problem = null;
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            // Another silo has renewed it at the same moment; its token is read next time.
        }
        catch (Exception e) when (MembershipHome.IsUnavailable(e, cancellationToken))
        {
            var problem = MembershipHome.Text(e);
            if (problem != _problem)
            {
                LogProblem(credentials is null ? null : TokenLifetime.Read(credentials.Token)?.Expires, problem);
            }
            _problem = problem;
        }
        return true;
    }

    private async Task RenewAsync(Secret secret, HomeCredentials credentials, CancellationToken cancellationToken)
    {
        if (TokenLifetime.Read(credentials.Token) is not { } life || time.GetUtcNow() < life.Issued + (life.Length * _renewAt))
        {
            return;
        }
        var length = life.Length > ShortestLife ? life.Length : ShortestLife;
        var token = await home.Connection.Client.CreateTokenAsync(
            credentials.Namespace, credentials.Account, null, length, cancellationToken);
        await own.ReplaceAsync(HomeCredentials.WithToken(secret, token), cancellationToken);
        home.Take(credentials with { Token = token });
        metrics.Renewed();
        LogRenewed(credentials.Cluster, TokenLifetime.Read(token)?.Expires);
    }

    [LoggerMessage(6060, LogLevel.Information, "The membership of the mesh is kept in {Cluster}, at {Server}.")]
    private partial void LogHome(string cluster, Uri server);

    [LoggerMessage(
        6061, LogLevel.Warning, "The membership of the mesh was kept in {Before}, and this cluster is to keep it in {Now} from here on. "
            + "This silo ends, to be started again and to join there.")]
    private partial void LogMoved(string before, string now);

    [LoggerMessage(6062, LogLevel.Information, "The token for the membership in {Cluster} was renewed; it ends at {Expires:u}.")]
    private partial void LogRenewed(string cluster, DateTimeOffset? expires);

    [LoggerMessage(
        6063, LogLevel.Warning, "The Secret mesh-membership-home could not be looked after; trying again. The token in it ends at "
            + "{Expires:u}. {Problem}")]
    private partial void LogProblem(DateTimeOffset? expires, string problem);
}
