using System.Net;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Silo.Configuration;
using Mesh.Silo.Hosting;

namespace Mesh.Silo.Membership;

/// <summary>
/// Which cluster keeps the membership: the silo's own, or, if there is a Secret <c>mesh-membership-home</c>, the one it names. Decided once,
/// when the silo starts; <see cref="HomeWatch"/> ends a silo that has another home since.
/// </summary>
internal sealed partial class MembershipHome(
    KubernetesClient own, SiloOptions options, TimeProvider time, ILogger<MembershipHome> logger)
    : IMembershipHome, IStartCondition, IDisposable
{
    private readonly Lock _lock = new();
    private HomeConnection? _connection;
    private HomeCredentials? _credentials;
    private KubernetesClient? _retired;
    private HomeToken _token = new("");
    private string? _problem;

    public HomeConnection Connection => Volatile.Read(ref _connection)
        ?? throw new InvalidOperationException("The home of the membership is not known yet.");

    /// <summary>What the Secret says; null: this cluster is its own home.</summary>
    public HomeCredentials? Credentials => Volatile.Read(ref _credentials);

    /// <summary>The home's name in the mesh.</summary>
    public string Cluster => Credentials?.Cluster ?? options.ClusterName;

    /// <summary>Why the home's API does not answer; null: it does.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Finds the home, and sees whether its API would let this silo join.</summary>
    public async Task<string?> MissingAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(SiloTable.CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var secret = await own.GetOrNullAsync<Secret>(options.PodNamespace, HomeSecret.Name, either.Token);
            Take(secret is null ? null : HomeCredentials.Read(secret));
        }
        catch (Exception e) when (IsUnavailable(e, cancellationToken))
        {
            return $"this cluster's API server cannot be asked where the membership of the mesh is kept: {Text(e)}";
        }
        try
        {
            var (client, ns) = Connection;
            await client.ListAsync<OrleansCluster>(ns, new ListOptions { Limit = 1 }, either.Token);
            return null;
        }
        catch (Exception e) when (IsUnavailable(e, cancellationToken))
        {
            return $"the membership of the mesh is kept in {Cluster}, and {Connection.Client.Server} {Advice(e)}";
        }
    }

    /// <summary>Takes what the Secret says now.</summary>
    /// <exception cref="KubernetesConfigurationException">It cannot be what it says.</exception>
    public void Take(HomeCredentials? credentials)
    {
        if (credentials?.Cluster == options.ClusterName)
        {
            throw new KubernetesConfigurationException(
                $"The Secret {HomeSecret.Name} says that this cluster, {options.ClusterName}, has joined itself. Delete it, or "
                + "install one of the clusters under another name.");
        }
        lock (_lock)
        {
            // Requests that were begun with it have ended: this is called every ten seconds, and they may take that long.
            _retired?.Dispose();
            _retired = null;
            if (credentials is null)
            {
                Retire();
                Volatile.Write(ref _connection, new HomeConnection(own, options.PodNamespace));
            }
            else if (_credentials is null || !_credentials.IsSameServer(credentials))
            {
                Retire();
                _token = new HomeToken(credentials.Token);
                var client = new KubernetesClient(credentials.Connect(_token), time);
                Volatile.Write(ref _connection, new HomeConnection(client, credentials.Namespace));
            }
            else
            {
                _token.Current = credentials.Token;
            }
            Volatile.Write(ref _credentials, credentials);
        }
    }

    public void Report(string? problem)
    {
        var before = Interlocked.Exchange(ref _problem, problem);
        if (problem is not null && before is null)
        {
            LogLost(Cluster, problem);
        }
        else if (problem is null && before is not null)
        {
            LogFound(Cluster);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _retired?.Dispose();
            Retire();
            _retired?.Dispose();
        }
    }

    internal static bool IsUnavailable(Exception e, CancellationToken cancellationToken) =>
        e is KubernetesException or HttpRequestException or TimeoutException or KubernetesConfigurationException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    internal static string Text(Exception e) => e switch
    {
        OperationCanceledException => $"no answer within {SiloTable.CallTimeout.TotalSeconds:0} s",
        HttpRequestException { InnerException: { } inner } => inner.Message,
        _ => e.Message,
    };

    private static string Advice(Exception e) => e switch
    {
        KubernetesException { Status: HttpStatusCode.Unauthorized } =>
            "does not accept the token in the Secret mesh-membership-home: it has expired or was revoked. Join again: "
            + "`mesh --context <this> multicluster install --gateway=false --join <home> | kubectl --context <this> apply -f -`",
        KubernetesException { Status: HttpStatusCode.Forbidden } =>
            $"does not allow it: {e.Message}. Run `mesh multicluster install` for that cluster again, and `mesh install` if it is this one",
        KubernetesException { IsNotFound: true } =>
            "does not know membership.mesh-orleans.io. Run `mesh install --crds | kubectl apply -f -` for that cluster",
        KubernetesException => $"says: {e.Message}",
        _ => $"cannot be reached: {Text(e)}",
    };

    // The silo's own client belongs to others.
    private void Retire() => _retired = _connection?.Client is { } client && client != own ? client : null;

    [LoggerMessage(
        6050, LogLevel.Warning, "The API of {Cluster}, the home of the membership, does not answer. Everything goes on as it is; until it "
            + "does no silo can join and none that died is evicted. {Problem}")]
    private partial void LogLost(string cluster, string problem);

    [LoggerMessage(6051, LogLevel.Information, "The API of {Cluster}, the home of the membership, answers again.")]
    private partial void LogFound(string cluster);
}
