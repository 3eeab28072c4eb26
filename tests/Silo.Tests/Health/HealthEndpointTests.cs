using System.Net;
using Mesh.Silo.Tests.Harness;

namespace Mesh.Silo.Tests.Health;

public sealed class HealthEndpointTests
{
    [Fact]
    public async Task Get_StartedSilo_IsLiveAndReady()
    {
        await using var silo = await SiloHarness.StartAsync();
        using var client = new HttpClient { BaseAddress = silo.Health };
        foreach (var (path, status) in new[]
        {
            ("/live", HttpStatusCode.OK), ("/ready", HttpStatusCode.OK), ("/metrics", HttpStatusCode.OK), ("/other", HttpStatusCode.NotFound),
            ("/api/v1/status", HttpStatusCode.NotFound),
        })
        {
            using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(status, response.StatusCode);
        }
    }
}
