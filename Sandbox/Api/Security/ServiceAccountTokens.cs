using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Api.Security;

/// <summary>
/// Issues and checks the tokens of service accounts: JWTs (ES256) with the claims Kubernetes puts in. A token is bound to its account
/// and, if asked for, to a pod: it dies with either.
/// </summary>
internal sealed class ServiceAccountTokens : IDisposable
{
    /// <summary>Who issues the tokens, and the audience the API server itself accepts.</summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    private readonly ECDsa _key;
    private readonly string _keyId;
    private readonly ResourceStore _store;
    private readonly TimeProvider _time;

    public ServiceAccountTokens(ECDsa key, ResourceStore store, TimeProvider time)
    {
        _key = key;
        _store = store;
        _time = time;
        _keyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    public void Dispose() => _key.Dispose();

    /// <summary>The public key as a JSON Web Key set.</summary>
    public JsonObject KeySet()
    {
        var point = _key.ExportParameters(false).Q;
        return new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["use"] = "sig",
                ["kty"] = "EC",
                ["kid"] = _keyId,
                ["alg"] = "ES256",
                ["crv"] = "P-256",
                ["x"] = Base64Url.EncodeToString(point.X),
                ["y"] = Base64Url.EncodeToString(point.Y),
            }),
        };
    }

    /// <summary>A signed token and when it expires.</summary>
    /// <param name="account">The account it speaks for.</param>
    /// <param name="audiences">Who may accept it; empty: the API server.</param>
    /// <param name="lifetime">How long it lives.</param>
    /// <param name="pod">The pod it is bound to; null for none.</param>
    public (string Token, DateTimeOffset Expires) Issue(
        StoredObject account, IReadOnlyList<string> audiences, TimeSpan lifetime, StoredObject? pod)
    {
        var now = _time.GetUtcNow();
        var expires = now + lifetime;
        var claims = new JsonObject
        {
            ["namespace"] = account.Namespace,
            ["serviceaccount"] = new JsonObject { ["name"] = account.Name, ["uid"] = account.Uid },
        };
        if (pod is not null)
        {
            claims["pod"] = new JsonObject { ["name"] = pod.Name, ["uid"] = pod.Uid };
            if (pod.Json.Text("spec", "nodeName") is { } node)
            {
                claims["node"] = new JsonObject { ["name"] = node, ["uid"] = _store.Get("nodes", "", node)?.Uid ?? "" };
            }
        }
        var payload = new JsonObject
        {
            ["aud"] = (audiences.Count > 0 ? audiences : [Issuer]).ToJsonArray(),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = claims,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{account.Namespace}:{account.Name}",
        };
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _keyId };
        var signed = $"{Encode(header)}.{Encode(payload)}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return ($"{signed}.{Base64Url.EncodeToString(signature)}", expires);
    }

    /// <summary>Whose token it is, for which of the audiences asked for; or why it is not accepted.</summary>
    public TokenVerdict Check(string token, IReadOnlyList<string> audiences)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || Payload(parts) is not { } payload)
        {
            return TokenVerdict.Rejected("invalid bearer token");
        }
        var now = _time.GetUtcNow();
        if (payload.Text("iss") != Issuer)
        {
            return TokenVerdict.Rejected("invalid bearer token: it was issued by another cluster");
        }
        if (now > DateTimeOffset.FromUnixTimeSeconds(payload.Integer("exp") ?? 0))
        {
            return TokenVerdict.Rejected("[invalid bearer token, service account token has expired]");
        }
        if (now + Leeway < DateTimeOffset.FromUnixTimeSeconds(payload.Integer("nbf") ?? 0))
        {
            return TokenVerdict.Rejected("invalid bearer token: it is not valid yet");
        }
        var wanted = audiences.Count > 0 ? audiences : [Issuer];
        var granted = payload.Texts("aud").Intersect(wanted).ToList();
        if (granted.Count == 0)
        {
            return TokenVerdict.Rejected(
                $"[invalid bearer token, token audiences [\"{string.Join("\" \"", payload.Texts("aud"))}\"] is invalid for the target audiences "
                + $"[\"{string.Join("\" \"", wanted)}\"]]");
        }
        return CheckBindings(payload, granted);
    }

    private TokenVerdict CheckBindings(JsonObject payload, List<string> granted)
    {
        var claims = payload.Map("kubernetes.io");
        var (ns, account) = (claims.Text("namespace") ?? "", claims.Text("serviceaccount", "name") ?? "");
        if (_store.Get("serviceaccounts", ns, account) is not { } found || found.Uid != claims.Text("serviceaccount", "uid"))
        {
            return TokenVerdict.Rejected("[invalid bearer token, service account token has been invalidated]");
        }
        var extra = new Dictionary<string, string[]>
        {
            ["authentication.kubernetes.io/credential-id"] = [$"JTI={payload.Text("jti")}"],
        };
        if (claims.Text("pod", "name") is { } podName)
        {
            if (_store.Get("pods", ns, podName) is not { } pod || pod.Uid != claims.Text("pod", "uid"))
            {
                return TokenVerdict.Rejected("[invalid bearer token, pod has been deleted]");
            }
            extra["authentication.kubernetes.io/pod-name"] = [podName];
            extra["authentication.kubernetes.io/pod-uid"] = [pod.Uid];
        }
        if (claims.Text("node", "name") is { } node)
        {
            extra["authentication.kubernetes.io/node-name"] = [node];
            extra["authentication.kubernetes.io/node-uid"] = [claims.Text("node", "uid") ?? ""];
        }
        string[] groups = ["system:serviceaccounts", $"system:serviceaccounts:{ns}", UserInfo.AllAuthenticated];
        var user = new UserInfo($"system:serviceaccount:{ns}:{account}", groups) { Uid = found.Uid, Extra = extra };
        return new(user, granted, null);
    }

    private JsonObject? Payload(string[] parts)
    {
        try
        {
            var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
            var signature = Base64Url.DecodeFromChars(parts[2]);
            var header = JsonAccess.Parse(Base64Url.DecodeFromChars(parts[0]));
            return header.Text("alg") == "ES256" && _key.VerifyData(signed, signature, HashAlgorithmName.SHA256)
                ? JsonAccess.Parse(Base64Url.DecodeFromChars(parts[1]))
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            // Anything may be sent as a token; what cannot be read is not one.
            return null;
        }
    }

    private static string Encode(JsonObject json) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json, JsonAccess.Compact));
}
