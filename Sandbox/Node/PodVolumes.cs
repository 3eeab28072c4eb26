using System.Text;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Makes a pod's volumes under its directory and keeps those with contents from the API current.</summary>
internal sealed class PodVolumes(
    Pod pod, string directory, string nodeDirectory, string? podAddress, string nodeAddress, ClusterObjects objects, ServiceAccountTokens tokens, TimeProvider time)
{
    private static readonly TimeSpan LongestRefresh = TimeSpan.FromHours(1);
    private const int DefaultMode = 0b110_100_100;
    private readonly Dictionary<ServiceAccountTokenProjection, (string Token, DateTimeOffset Renew)> _tokens = [];
    private Pod _pod = pod;

    /// <summary>When <see cref="WriteAsync"/> should run next at the latest.</summary>
    public TimeSpan NextRefresh
    {
        get
        {
            var next = _tokens.Values.Select(t => t.Renew - time.GetUtcNow()).DefaultIfEmpty(LongestRefresh).Min();
            return next < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : next > LongestRefresh ? LongestRefresh : next;
        }
    }

    /// <summary>Labels and annotations may have changed.</summary>
    public void Update(Pod pod) => _pod = pod;

    /// <summary>Makes or refreshes every volume.</summary>
    /// <exception cref="ContainerConfigException">Something that is not optional is missing.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var volume in _pod.Spec.Volumes)
        {
            var path = PathOf(volume);
            switch (volume)
            {
                case { HostPath: { } host }:
                    PrepareHostPath(path, host);
                    break;
                case { ConfigMap: { } map }:
                    Write(path, Files(ConfigMap(map.Name, map.Optional), map.Items, map.DefaultMode, $"configmap \"{map.Name}\"", map.Optional));
                    break;
                case { Secret: { } secret }:
                    Write(path, Files(Secret(secret.SecretName, secret.Optional), secret.Items, secret.DefaultMode, $"secret \"{secret.SecretName}\"", secret.Optional));
                    break;
                case { DownwardAPI: { } downward }:
                    Write(path, Downward(downward.Items, downward.DefaultMode));
                    break;
                case { Projected: { } projected }:
                    Write(path, await ProjectedAsync(projected, cancellationToken));
                    break;
                case { EmptyDir: not null }:
                    Directory.CreateDirectory(path);
                    File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
                    break;
                default:
                    throw new ContainerConfigException(
                        $"volume \"{volume.Name}\" is of a kind the sandbox does not have: it has emptyDir, hostPath, configMap, secret, downwardAPI and projected");
            }
        }
    }

    /// <summary>What a container's volumeMounts become.</summary>
    /// <exception cref="ContainerConfigException">A mount names no volume of the pod.</exception>
    public IEnumerable<ContainerMount> Mounts(Container container)
    {
        foreach (var mount in container.VolumeMounts.OrderBy(m => m.MountPath.Length))
        {
            var volume = _pod.Spec.Volumes.FirstOrDefault(v => v.Name == mount.Name)
                ?? throw new ContainerConfigException($"container \"{container.Name}\" mounts \"{mount.Name}\", which is no volume of the pod");
            var source = PathOf(volume);
            if (mount.SubPath is { Length: > 0 } sub)
            {
                if (sub.Split('/').Contains(".."))
                {
                    throw new ContainerConfigException($"subPath \"{sub}\" must not contain '..'");
                }
                source = Path.Combine(source, sub);
                if (volume is { EmptyDir: not null } or { HostPath: not null } && !Path.Exists(source))
                {
                    Directory.CreateDirectory(source);
                }
            }
            var generated = volume is { ConfigMap: not null } or { Secret: not null } or { Projected: not null } or { DownwardAPI: not null };
            yield return new ContainerMount(Path.GetFullPath(source), mount.MountPath, mount.ReadOnly == true || generated, File.Exists(source));
        }
    }

    private string PathOf(Volume volume) => volume.HostPath is { } host ? HostPath(host.Path) : Path.Combine(directory, volume.Name);

    // Everything of a node is under its directory, except the network namespaces, which are the machine's.
    private string HostPath(string path)
    {
        var full = Path.GetFullPath(path);
        return full is "/run/netns" or "/var/run/netns" || full.StartsWith("/run/netns/", StringComparison.Ordinal)
            ? full.Replace("/var/run/", "/run/", StringComparison.Ordinal)
            : Path.Join(nodeDirectory, full);
    }

    private static void PrepareHostPath(string path, HostPathVolume host)
    {
        switch (host.Type)
        {
            case "Directory" when !Directory.Exists(path):
            case "File" or "Socket" or "CharDevice" or "BlockDevice" when !File.Exists(path):
                throw new ContainerConfigException($"hostPath {host.Path} is not a {host.Type} on the node ({path})");
            case "FileOrCreate":
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Open(path, FileMode.OpenOrCreate).Dispose();
                break;
            default:
                if (!Path.Exists(path))
                {
                    Directory.CreateDirectory(path);
                }
                break;
        }
    }

    private void Write(string path, Dictionary<string, (byte[] Content, UnixFileMode Mode)> files) =>
        AtomicDirectory.Write(path, files, _pod.Spec.SecurityContext?.FsGroup);

    private async Task<Dictionary<string, (byte[] Content, UnixFileMode Mode)>> ProjectedAsync(ProjectedVolume projected, CancellationToken cancellationToken)
    {
        var all = new Dictionary<string, (byte[] Content, UnixFileMode Mode)>();
        foreach (var source in projected.Sources)
        {
            var files = source switch
            {
                { ServiceAccountToken: { } token } => new()
                {
                    [token.Path] = (Encoding.UTF8.GetBytes(await TokenAsync(token, cancellationToken)), Mode(projected.DefaultMode)),
                },
                { ConfigMap: { } map } =>
                    Files(ConfigMap(map.Name, map.Optional), map.Items, projected.DefaultMode, $"configmap \"{map.Name}\"", map.Optional),
                { Secret: { } secret } =>
                    Files(Secret(secret.Name, secret.Optional), secret.Items, projected.DefaultMode, $"secret \"{secret.Name}\"", secret.Optional),
                { DownwardAPI: { } downward } => Downward(downward.Items, projected.DefaultMode),
                _ => throw new ContainerConfigException("a projected volume has a source of a kind the sandbox does not have"),
            };
            foreach (var (name, file) in files)
            {
                all[name] = file;
            }
        }
        return all;
    }

    private async Task<string> TokenAsync(ServiceAccountTokenProjection projection, CancellationToken cancellationToken)
    {
        if (!_tokens.TryGetValue(projection, out var held) || held.Renew <= time.GetUtcNow())
        {
            held = _tokens[projection] = await tokens.RequestAsync(_pod, projection, cancellationToken);
        }
        return held.Token;
    }

    private IReadOnlyDictionary<string, byte[]> ConfigMap(string name, bool? optional) =>
        objects.ConfigMap(_pod.Metadata.Namespace!, name) ?? Missing("configmap", name, optional);

    private IReadOnlyDictionary<string, byte[]> Secret(string name, bool? optional) =>
        objects.Secret(_pod.Metadata.Namespace!, name) ?? Missing("secret", name, optional);

    private static Dictionary<string, byte[]> Missing(string kind, string name, bool? optional) =>
        optional == true ? [] : throw new ContainerConfigException($"{kind} \"{name}\" not found");

    private static Dictionary<string, (byte[] Content, UnixFileMode Mode)> Files(
        IReadOnlyDictionary<string, byte[]> data, IReadOnlyList<KeyToPath> items, int? defaultMode, string what, bool? optional)
    {
        if (items.Count == 0)
        {
            return data.ToDictionary(e => e.Key, e => (e.Value, Mode(defaultMode)));
        }
        var files = new Dictionary<string, (byte[] Content, UnixFileMode Mode)>();
        foreach (var item in items)
        {
            if (item.Path.StartsWith('/') || item.Path.Split('/').Contains(".."))
            {
                throw new ContainerConfigException($"path \"{item.Path}\" of {what} must be relative and without '..'");
            }
            if (data.TryGetValue(item.Key, out var content))
            {
                files[item.Path] = (content, Mode(item.Mode ?? defaultMode));
            }
            else if (optional != true)
            {
                throw new ContainerConfigException($"{what} has no key \"{item.Key}\"");
            }
        }
        return files;
    }

    private Dictionary<string, (byte[] Content, UnixFileMode Mode)> Downward(IReadOnlyList<DownwardApiFile> items, int? defaultMode) => items.ToDictionary(
        i => i.Path,
        i => (Encoding.UTF8.GetBytes(
            (i.FieldRef is { } field ? PodFields.Read(_pod, field.FieldPath, podAddress, nodeAddress) : PodFields.ReadResource(i.ResourceFieldRef?.Resource ?? ""))
            ?? throw new ContainerConfigException($"downwardAPI item \"{i.Path}\" names no field the sandbox has")), Mode(i.Mode ?? defaultMode)));

    private static UnixFileMode Mode(int? mode) => (UnixFileMode)((mode ?? DefaultMode) & 0b111_111_111);
}
