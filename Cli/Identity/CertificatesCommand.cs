using System.CommandLine;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Identity;

/// <summary><c>mesh certificates create</c>: one trust anchor and an issuer for each cluster, as files.</summary>
internal static class CertificatesCommand
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static Command Create(CliEnvironment environment)
    {
        var clusters = new Option<string[]>("--cluster")
        {
            Description = "A cluster to make an issuer for; repeat it for each.",
            Required = true,
            AllowMultipleArgumentsPerToken = false,
        };
        var folder = new Option<string>("--out") { Description = "The folder to write to.", Required = true };
        var trustDomain = new Option<string>("--identity-trust-domain")
        {
            Description = "The trust domain of all clusters.",
            DefaultValueFactory = _ => "cluster.local",
        };
        var create = new Command("create", "Make a trust anchor (ten years) and an issuer for each cluster (one year). Makes issuers under the anchor that is there already.")
        {
            clusters, folder, trustDomain,
        };
        create.SetAction(parse =>
        {
            Write(parse.GetValue(clusters)!, parse.GetValue(folder)!, parse.GetValue(trustDomain)!, environment);
            return 0;
        });
        return new Command("certificates", "Certificates that clusters of one mesh share.") { create };
    }

    private static void Write(string[] clusters, string folder, string trustDomain, CliEnvironment environment)
    {
        if (clusters.FirstOrDefault(c => !DnsLabel.IsValid(c)) is { } wrong)
        {
            throw new UsageException($"\"{wrong}\" cannot be a cluster's name: {DnsLabel.Rule}.");
        }
        Directory.CreateDirectory(folder);
        var anchorFile = Path.Combine(folder, "ca.crt");
        var keyFile = Path.Combine(folder, "ca.key");
        var now = environment.Time.GetUtcNow();
        var isNew = !File.Exists(anchorFile);
        if (!isNew && !File.Exists(keyFile))
        {
            throw new CommandFailedException(
                $"{anchorFile} is there, but {keyFile}, its key, is not. Bring the key, or choose another folder for a new trust anchor.");
        }
        using var anchor = isNew
            ? IdentityAuthority.CreateAnchor(trustDomain, now)
            : System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(anchorFile, keyFile);
        if (isNew)
        {
            Save(keyFile, IdentityAuthority.KeyPem(anchor), Private);
            Save(anchorFile, anchor.ExportCertificatePem() + "\n", Public);
        }
        environment.Error.WriteLine(isNew ? $"{anchorFile}: new trust anchor, the same for all clusters" : $"{anchorFile}: the trust anchor that was there");
        environment.Error.WriteLine($"{keyFile}: its key. Only this command needs it; keep it off the clusters");
        foreach (var cluster in clusters)
        {
            var into = Directory.CreateDirectory(Path.Combine(folder, cluster)).FullName;
            using var issuer = IdentityAuthority.CreateIssuer(anchor, trustDomain, now);
            Save(Path.Combine(into, "issuer.key"), IdentityAuthority.KeyPem(issuer), Private);
            Save(Path.Combine(into, "issuer.crt"), issuer.ExportCertificatePem() + "\n", Public);
            environment.Error.WriteLine($"{Path.Combine(folder, cluster)}: issuer.crt and issuer.key for {cluster}");
        }
    }

    private static void Save(string path, string text, UnixFileMode mode)
    {
        // Created with its mode: a key is at no moment readable for others.
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        });
        using var writer = new StreamWriter(file);
        writer.Write(text);
    }
}
