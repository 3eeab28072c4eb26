using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Security;

/// <summary>Finds out who makes a request: by bearer token, else by client certificate.</summary>
internal sealed class Authenticator
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    private readonly ServiceAccountTokens _tokens;
    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    // A connection's certificate is the same instance for all its requests.
    private readonly ConditionalWeakTable<X509Certificate2, UserInfo> _users = [];

    public Authenticator(ServiceAccountTokens tokens, X509Certificate2 authority, TimeProvider time)
    {
        _tokens = tokens;
        _authority = authority;
        _time = time;
    }

    /// <summary>The user; <see cref="UserInfo.Anonymous"/> when the request brings no credentials.</summary>
    /// <exception cref="ApiException">401: the token or certificate is not accepted.</exception>
    public UserInfo Authenticate(HttpContext context)
    {
        var user = Identify(context);
        return context.Request.Headers["Impersonate-User"].ToString() is { Length: > 0 } impersonated
            ? Impersonate(context, user, impersonated)
            : user;
    }

    private UserInfo Identify(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return _tokens.Check(authorization["Bearer ".Length..].Trim(), []).User ?? throw ApiErrors.Unauthorized();
        }
        return context.Connection.ClientCertificate is { } certificate ? _users.GetValue(certificate, FromCertificate) : UserInfo.Anonymous;
    }

    private UserInfo FromCertificate(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        if (!chain.Build(certificate))
        {
            throw ApiErrors.Unauthorized();
        }
        var name = "";
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            switch (part.GetSingleElementType().Value)
            {
                case CommonName:
                    name = part.GetSingleElementValue() ?? "";
                    break;
                case Organization:
                    groups.Add(part.GetSingleElementValue() ?? "");
                    break;
            }
        }
        groups.Add(UserInfo.AllAuthenticated);
        return new(name, groups);
    }

    private static UserInfo Impersonate(HttpContext context, UserInfo user, string impersonated)
    {
        if (!user.Groups.Contains(RbacAuthorizer.Masters))
        {
            throw new ApiException(403, "Forbidden",
                $"users \"{impersonated}\" is forbidden: User \"{user.Name}\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope");
        }
        var groups = context.Request.Headers["Impersonate-Group"].OfType<string>().ToList();
        if (impersonated.Split(':') is ["system", "serviceaccount", var ns, _] && groups.Count == 0)
        {
            groups.AddRange(["system:serviceaccounts", $"system:serviceaccounts:{ns}"]);
        }
        groups.Add(UserInfo.AllAuthenticated);
        return new(impersonated, groups);
    }
}
