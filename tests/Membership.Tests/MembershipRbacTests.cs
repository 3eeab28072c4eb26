using System.Net;
using System.Text.Json.Nodes;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;

namespace Mesh.Membership.Tests;

public sealed class MembershipRbacTests : IAsyncLifetime
{
    private MeshCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await MeshCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(MeshCluster.Account)]
    [InlineData("mesh-silo")]
    public async Task Table_AsAnAccountThatKeepsIt_WorksInFull(string account)
    {
        var table = _cluster.Table(await _cluster.ClientOfAsync(account));
        var before = await table.ReadAsync(Cancelled);
        Assert.True(await table.InsertAsync(Rows.Silo(0), 1, before.Etag, Cancelled));
        await table.HeartbeatAsync(SiloRowName.Of(Rows.Silo(0)), Rows.Started.AddMinutes(1), Cancelled);
        Assert.True(await table.UpdateAsync(Rows.Silo(0, "Dead"), 1, 2, (await table.ReadAsync(Cancelled)).Etag, Cancelled));
        await table.CleanUpAsync(Rows.Started.AddDays(1), Cancelled);
        Assert.Empty((await table.ReadAsync(Cancelled)).Rows);
        await table.DeleteAsync(Cancelled);
    }

    [Fact]
    public async Task TokenRequest_AsTheJoinersAccount_IsForThatAccountOnly()
    {
        var client = await _cluster.ClientOfAsync(MeshCluster.Account);
        Assert.NotNull(TokenLifetime.Read(await client.CreateTokenAsync(
            MeshCluster.Namespace, MeshCluster.Account, null, TimeSpan.FromHours(1), Cancelled)));
        foreach (var (ns, account) in new[] { (MeshCluster.Namespace, "mesh-silo"), (MeshCluster.Namespace, "mesh-viz"), ("default", "default") })
        {
            await ForbiddenAsync(() => client.CreateTokenAsync(ns, account, null, TimeSpan.FromHours(1), Cancelled));
        }
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/secrets")]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/secrets/mesh-identity-issuer")]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/secrets/mesh-membership-home")]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/configmaps")]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/pods")]
    [InlineData("GET", "/api/v1/namespaces/mesh-system/serviceaccounts/mesh-membership")]
    [InlineData("GET", "/api/v1/namespaces")]
    [InlineData("GET", "/api/v1/nodes")]
    [InlineData("GET", "/api/v1/services")]
    [InlineData("GET", "/apis/membership.mesh-orleans.io/v1alpha1/orleanssilos")]
    [InlineData("GET", "/apis/membership.mesh-orleans.io/v1alpha1/namespaces/default/orleanssilos")]
    [InlineData("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")]
    [InlineData("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/mesh-system/roles")]
    [InlineData("POST", "/api/v1/namespaces/mesh-system/pods")]
    [InlineData("POST", "/api/v1/namespaces/mesh-system/secrets")]
    [InlineData("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/mesh-system/rolebindings")]
    [InlineData("DELETE", "/api/v1/namespaces/mesh-system/serviceaccounts/mesh-membership")]
    [InlineData("DELETE", "/apis/membership.mesh-orleans.io/v1alpha1/namespaces/mesh-system/orleanssilos")]
    public async Task AnythingElse_AsTheJoinersAccount_IsForbidden(string method, string path)
    {
        var client = await _cluster.ClientOfAsync(MeshCluster.Account);
        await ForbiddenAsync(() => client.SendJsonAsync(new HttpMethod(method), path, method == "POST" ? new JsonObject() : null, Cancelled));
    }

    [Fact]
    public async Task Secrets_AsASilo_AreTheOneThatNamesTheHome()
    {
        await _cluster.JoinAsync(_cluster);
        var silo = await _cluster.ClientOfAsync("mesh-silo");
        var secret = await silo.GetAsync<Secret>(MeshCluster.Namespace, HomeSecret.Name, Cancelled);
        await silo.ReplaceAsync(secret, Cancelled);
        await ForbiddenAsync(() => silo.GetAsync<Secret>(MeshCluster.Namespace, "mesh-identity-issuer", Cancelled));
        await ForbiddenAsync(() => silo.ListAsync<Secret>(MeshCluster.Namespace, null, Cancelled));
        await ForbiddenAsync(() => silo.DeleteAsync<Secret>(MeshCluster.Namespace, HomeSecret.Name, null, Cancelled));
    }

    private static async Task ForbiddenAsync(Func<Task> request) =>
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<KubernetesException>(request)).Status);
}
