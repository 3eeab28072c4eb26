using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Writing;

/// <summary>Writes into the silo's own cluster and says how it ended.</summary>
internal sealed partial class ClusterWriter(
    KubernetesClient client, EventRecorder events, WritingMetrics metrics, ILogger<ClusterWriter> logger) : IClusterWriter
{
    // A mirror is changed by us and rarely by others; who keeps losing against somebody else should be seen to.
    private const int Attempts = 3;

    public Task<WriteResult> ApplyMirror(MirrorServiceSpec mirror, CancellationToken cancellationToken) =>
        WriteAsync("mirror", mirror.Namespace, mirror.Name, async () =>
        {
            if (mirror.ReplacesUid is not { } uid)
            {
                await client.CreateAsync(MirrorManifest.New(mirror), cancellationToken);
                return WriteResult.Done;
            }
            for (var attempt = 1; ; attempt++)
            {
                var existing = await client.GetAsync<Service>(mirror.Namespace, mirror.Name, cancellationToken);
                if (existing.Metadata.Uid != uid)
                {
                    return new WriteResult(
                        WriteOutcome.NotFound, $"Service {mirror.Namespace}/{mirror.Name} is another object now: it was deleted "
                            + "and made anew.");
                }
                try
                {
                    await client.ReplaceAsync(MirrorManifest.Update(existing, mirror), cancellationToken);
                    return WriteResult.Done;
                }
                catch (KubernetesException e) when (e.IsConflict && attempt < Attempts)
                {
                    // Somebody else has changed it since we read it.
                }
            }
        });

    public Task<WriteResult> DeleteMirror(string ns, string name, string uid, CancellationToken cancellationToken) =>
        WriteAsync("mirror deletion", ns, name, async () =>
        {
            try
            {
                await client.DeleteAsync<Service>(ns, name, new DeleteOptions(Uid: uid), cancellationToken);
            }
            catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
            {
                // A conflict means another uid: the object that was to go is gone.
            }
            return WriteResult.Done;
        });

    public Task<WriteResult> DeleteEndpoints(string ns, string name, CancellationToken cancellationToken) =>
        WriteAsync("endpoints deletion", ns, name, async () =>
        {
            try
            {
                await client.DeleteAsync<Endpoints>(ns, name, null, cancellationToken);
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                // What should be.
            }
            return WriteResult.Done;
        });

    public Task<WriteResult> PatchLinkStatus(
        ObservedLink link, ImmutableArray<ObservedLinkServiceStatus> mirrorServices, CancellationToken cancellationToken) =>
        WriteAsync("link status", link.Namespace, link.Name, async () =>
        {
            var services = new JsonArray([.. mirrorServices.Select(StatusManifest.MirrorService)]);
            var patch = StatusManifest.Patch(link.Uid, "mirrorServices", services);
            await client.PatchAsync<Link>(link.Namespace, link.Name, patch, StatusManifest.Options, cancellationToken);
            return WriteResult.Done;
        });

    public Task<WriteResult> PatchLinkConditions(
        ObservedLink link, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken) =>
        WriteAsync("link conditions", link.Namespace, link.Name, async () =>
        {
            var patch = StatusManifest.Patch(link.Uid, "conditions", new JsonArray([.. conditions.Select(c => StatusManifest.Condition(c))]));
            await client.PatchAsync<Link>(link.Namespace, link.Name, patch, StatusManifest.Options, cancellationToken);
            return WriteResult.Done;
        });

    public Task<WriteResult> EmitEvent(ClusterEvent clusterEvent, CancellationToken cancellationToken) =>
        WriteAsync("event", clusterEvent.Namespace, clusterEvent.Name, async () =>
        {
            await events.RecordAsync(clusterEvent, cancellationToken);
            return WriteResult.Done;
        });

    public Task<WriteResult> PatchPolicyStatus(
        PolicyObject policy, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken) =>
        WriteAsync("policy status", policy.Namespace, policy.Name, async () =>
        {
            var patch = StatusManifest.Patch(
                policy.Uid, "conditions", new JsonArray([.. conditions.Select(c => StatusManifest.Condition(c))]));
            var definition = policy.Kind switch
            {
                "Server" => Server.Definition,
                "AuthorizationPolicy" => AuthorizationPolicy.Definition,
                "MeshTLSAuthentication" => MeshTLSAuthentication.Definition,
                "NetworkAuthentication" => NetworkAuthentication.Definition,
                _ => throw new ArgumentException($"{policy.Kind} is no policy kind.", nameof(policy)),
            };
            await client.PatchAsync(definition, policy.Namespace, policy.Name, patch, StatusManifest.Options, cancellationToken);
            return WriteResult.Done;
        });

    public Task<WriteResult> PatchRouteStatus(
        RouteObject route, ImmutableArray<ObservedRouteParentStatus> parents, CancellationToken cancellationToken) =>
        WriteAsync("route status", route.Namespace, route.Name, async () =>
        {
            var definition = (route.Group, route.Kind) switch
            {
                ("gateway.networking.k8s.io", "HTTPRoute") => HttpRoute.Definition,
                ("policy.linkerd.io", "HTTPRoute") => PolicyHttpRoute.Definition,
                ("gateway.networking.k8s.io", "GRPCRoute") => GrpcRoute.Definition,
                _ => throw new ArgumentException($"{route.Kind}.{route.Group} is no kind of route.", nameof(route)),
            };
            var existing = await client.GetAsync(definition, route.Namespace, route.Name, cancellationToken);
            var patch = StatusManifest.RouteParents(existing, route.Uid, parents);
            await client.PatchAsync(definition, route.Namespace, route.Name, patch, StatusManifest.Options, cancellationToken);
            return WriteResult.Done;
        });

    private async Task<WriteResult> WriteAsync(string what, string ns, string name, Func<Task<WriteResult>> write)
    {
        WriteResult result;
        try
        {
            result = await write();
        }
        catch (KubernetesException e)
        {
            result = new WriteResult(Outcome(e), e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or KubernetesConfigurationException)
        {
            result = new WriteResult(WriteOutcome.Unavailable, e.Message);
        }
        metrics.Wrote(what, result.Outcome);
        if (result.IsDone)
        {
            LogWrote(what, ns, name);
        }
        else
        {
            LogFailed(what, ns, name, result.Outcome, result.Message);
        }
        return result;
    }

    private static WriteOutcome Outcome(KubernetesException e) => e.Status switch
    {
        HttpStatusCode.NotFound => WriteOutcome.NotFound,
        HttpStatusCode.Conflict => e.Reason == "AlreadyExists" ? WriteOutcome.AlreadyExists : WriteOutcome.Unavailable,
        HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity or HttpStatusCode.MethodNotAllowed =>
            WriteOutcome.Refused,
        _ => WriteOutcome.Unavailable,
    };

    [LoggerMessage(4000, LogLevel.Debug, "Wrote {What} {Namespace}/{Name}.")]
    private partial void LogWrote(string what, string @namespace, string name);

    [LoggerMessage(4001, LogLevel.Warning, "Could not write {What} {Namespace}/{Name}: {Outcome}. {Problem}")]
    private partial void LogFailed(string what, string @namespace, string name, WriteOutcome outcome, string problem);
}
