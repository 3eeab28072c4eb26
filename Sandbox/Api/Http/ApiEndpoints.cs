using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Security;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Everything a request can end up at.</summary>
internal sealed record ApiEndpoints(
    ResourceOperations Operations,
    Authenticator Authenticator,
    RbacAuthorizer Authorizer,
    ResourceEndpoints Resources,
    ListEndpoint Lists,
    WatchEndpoint Watches,
    ReviewEndpoints Reviews,
    PodEndpoints Pods,
    ProxyEndpoints Proxies,
    DocumentEndpoints Documents)
{
    /// <summary>The version of Kubernetes whose API this is.</summary>
    public const string GitVersion = "v1.32.0";

    public JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = GitVersion,
        ["gitCommit"] = "70d3cc986aa8221cd1dfb1121852688902d3bf53",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2024-12-11T18:05:36Z",
        ["goVersion"] = "mesh-sandbox",
        ["compiler"] = "roslyn",
        ["platform"] = "linux/amd64",
    };
}
