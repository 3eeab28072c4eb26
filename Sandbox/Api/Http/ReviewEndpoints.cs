using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Security;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Answers questions about tokens and permissions, and issues tokens.</summary>
internal sealed class ReviewEndpoints
{
    private const int ShortestLifetime = 600;
    private const int DefaultLifetime = 3600;

    private readonly ResourceOperations _operations;
    private readonly ServiceAccountTokens _tokens;
    private readonly RbacAuthorizer _authorizer;

    public ReviewEndpoints(ResourceOperations operations, ServiceAccountTokens tokens, RbacAuthorizer authorizer)
    {
        _operations = operations;
        _tokens = tokens;
        _authorizer = authorizer;
    }

    public async Task HandleReviewAsync(ApiRequest request, ResourceType type)
    {
        if (request.Context.Request.Method != "POST")
        {
            throw ApiErrors.MethodNotAllowed();
        }
        var review = await request.ReadObjectAsync() ?? throw ApiErrors.BadRequest("the request has no body");
        review.Default("metadata", new JsonObject());
        review["status"] = type.Kind switch
        {
            "TokenReview" => ReviewToken(review),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = request.User.ToJson() },
            "SelfSubjectRulesReview" => Rules(request.User, review.Text("spec", "namespace") ?? "default"),
            "SelfSubjectAccessReview" => ReviewAccess(request.User, review),
            _ => ReviewAccess(Subject(review), review),
        };
        review["apiVersion"] = type.ApiVersion("v1");
        review["kind"] = type.Kind;
        await JsonResponse.WriteAsync(request.Context, 201, review);
    }

    /// <summary>serviceaccounts/{name}/token.</summary>
    public async Task HandleTokenRequestAsync(ApiRequest request, ResourceType accounts)
    {
        if (request.Context.Request.Method != "POST")
        {
            throw ApiErrors.MethodNotAllowed();
        }
        var body = await request.ReadObjectAsync() ?? [];
        var account = _operations.Get(accounts, request.Target.Namespace, request.Target.Name!);
        var seconds = body.Integer("spec", "expirationSeconds") ?? DefaultLifetime;
        if (seconds < ShortestLifetime)
        {
            throw ApiErrors.Invalid(TokenRequestType, "",
                [FieldError.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")]);
        }
        var pod = BoundPod(body, account);
        var audiences = body.Texts("spec", "audiences").ToList();
        var (token, expires) = _tokens.Issue(account, audiences, TimeSpan.FromSeconds(seconds), pod);
        var spec = body.Child("spec");
        spec["audiences"] = (audiences.Count > 0 ? audiences : [ServiceAccountTokens.Issuer]).ToJsonArray();
        spec["expirationSeconds"] = seconds;
        body["kind"] = "TokenRequest";
        body["apiVersion"] = "authentication.k8s.io/v1";
        var metadata = body.Child("metadata");
        metadata["name"] = account.Name;
        metadata["namespace"] = account.Namespace;
        body["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = expires.ToTimestamp() };
        await JsonResponse.WriteAsync(request.Context, 201, body);
    }

    private static ResourceType TokenRequestType { get; } = new ResourceType
    {
        Group = "authentication.k8s.io",
        Versions = ["v1"],
        StorageVersion = "v1",
        Kind = "TokenRequest",
        Plural = "tokenrequests",
    }.Keyed();

    private StoredObject? BoundPod(JsonObject body, StoredObject account)
    {
        if (body.Map("spec", "boundObjectRef") is not { } bound)
        {
            return null;
        }
        if (bound.Text("kind") != "Pod")
        {
            throw ApiErrors.BadRequest($"cannot bind token for serviceaccount \"{account.Name}\" to object of kind {bound.Text("kind")}: only Pod is supported");
        }
        var pods = _operations.Catalog["pods"];
        var pod = _operations.Get(pods, account.Namespace, bound.Text("name") ?? "");
        if (bound.Text("uid") is { Length: > 0 } uid && uid != pod.Uid)
        {
            throw ApiErrors.Conflict(pods, pod.Name,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        if (pod.Json.Text("spec", "serviceAccountName") != account.Name)
        {
            throw ApiErrors.BadRequest($"cannot bind token for serviceaccount \"{account.Name}\" to pod running with different serviceaccount name.");
        }
        return pod;
    }

    private JsonObject ReviewToken(JsonObject review)
    {
        var verdict = _tokens.Check(review.Text("spec", "token") ?? "", [.. review.Texts("spec", "audiences")]);
        review.Child("spec");
        if (verdict.User is not { } user)
        {
            return new JsonObject { ["user"] = new JsonObject(), ["error"] = verdict.Error };
        }
        return new JsonObject { ["authenticated"] = true, ["user"] = user.ToJson(), ["audiences"] = verdict.Audiences.ToJsonArray() };
    }

    private static UserInfo Subject(JsonObject review)
    {
        var spec = review.Map("spec");
        var groups = spec.Texts("groups").ToList();
        if (spec.Text("user") is null && groups.Count == 0)
        {
            throw ApiErrors.BadRequest("spec.user: at least one of user or group must be specified");
        }
        return new(spec.Text("user") ?? "", groups);
    }

    private JsonObject ReviewAccess(UserInfo user, JsonObject review)
    {
        AccessRequest wanted;
        if (review.Map("spec", "resourceAttributes") is { } resource)
        {
            wanted = new(resource.Text("verb") ?? "")
            {
                Group = resource.Text("group") ?? "",
                Resource = resource.Text("resource") ?? "",
                Subresource = resource.Text("subresource") ?? "",
                Namespace = resource.Text("namespace"),
                Name = resource.Text("name") is { Length: > 0 } name ? name : null,
            };
        }
        else if (review.Map("spec", "nonResourceAttributes") is { } path)
        {
            wanted = new(path.Text("verb") ?? "") { Path = path.Text("path") ?? "" };
        }
        else
        {
            throw ApiErrors.BadRequest("spec.resourceAttributes: exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }
        var allowed = _authorizer.Allows(user, wanted);
        return new JsonObject { ["allowed"] = allowed, ["reason"] = allowed ? "RBAC: allowed" : "" };
    }

    private JsonObject Rules(UserInfo user, string ns)
    {
        var all = user.Groups.Contains(RbacAuthorizer.Masters)
            ? [new() { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }]
            : _authorizer.RulesOf(user, ns).ToList();
        return new JsonObject
        {
            ["resourceRules"] = all.Where(r => r["resources"] is not null).Select(r => r.Copy()).ToJsonArray(),
            ["nonResourceRules"] = all.Where(r => r["nonResourceURLs"] is not null).Select(r => r.Copy()).ToJsonArray(),
            ["incomplete"] = false,
        };
    }
}
