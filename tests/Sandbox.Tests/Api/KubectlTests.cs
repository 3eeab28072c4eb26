using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Tests.Api;

/// <summary>The real kubectl against the server, in the versions found on this machine.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("mesh-kubectl-").FullName;
    private TestCluster _cluster = null!;

    /// <summary>Every kubectl on the PATH, and other versions (<c>kubectl.1.27</c>) that are kept beside one.</summary>
    public static TheoryData<string> Programs
    {
        get
        {
            var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
                .Select(directory => Path.Combine(directory, "kubectl"))
                .Where(File.Exists)
                .Select(path => File.ResolveLinkTarget(path, true)?.FullName ?? path)
                .SelectMany(path => Directory.GetFiles(Path.GetDirectoryName(path)!, "kubectl.*").Prepend(path))
                .Distinct()
                .Order();
            return [.. found];
        }
    }

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.AddNodeAsync("n1");
        using var certificate = _cluster.AdminCertificate();
        File.WriteAllText(Path.Combine(_home, "ca.crt"), _cluster.AuthorityPem);
        File.WriteAllText(Path.Combine(_home, "admin.crt"), certificate.ExportCertificatePem());
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!;
        File.WriteAllText(Path.Combine(_home, "admin.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_home, "kubeconfig"), $$"""
            apiVersion: v1
            kind: Config
            current-context: t
            clusters: [{name: t, cluster: {server: "{{_cluster.Address.ToString().TrimEnd('/')}}", certificate-authority: {{_home}}/ca.crt} }]
            users: [{name: t, user: {client-certificate: {{_home}}/admin.crt, client-key: {{_home}}/admin.key} }]
            contexts: [{name: t, context: {cluster: t, user: t} }]
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_home, true);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task EverydayCommands_PrintWhatUsersExpect(string program)
    {
        const string manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 2
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: "nginx:1"}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {selector: {app: web}, ports: [{port: 80}]}
            """;
        await RunAsync(program, "create namespace demo", "namespace/demo created");
        await RunAsync(program, "-n demo apply -f -", "deployment.apps/web created\nservice/web created", manifest);
        await RunAsync(program, "-n demo apply -f -", "deployment.apps/web unchanged\nservice/web unchanged", manifest);
        await RunAsync(program, "-n demo apply -f -", "deployment.apps/web configured\nservice/web unchanged", manifest.Replace("nginx:1", "nginx:2"));
        await WaitForPodsAsync();
        await RunPodsAsync();
        await RunAsync(program, "-n demo rollout status deploy/web --timeout=10s", "successfully rolled out");

        Assert.Matches(@"NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2/2 +2 +2 +\d+s\n", await RunAsync(program, "-n demo get deploy"));
        Assert.Matches(@"NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nweb +ClusterIP +10\.110\.\d+\.\d+ +<none> +80/TCP +\d+s\n",
            await RunAsync(program, "-n demo get svc"));
        Assert.Matches(@"NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nweb-\S+ +\S+ +Running +0 +\d+s +10\.10\.1\.\d+ +n1 ",
            await RunAsync(program, "-n demo get pods -o wide"));
        Assert.Matches(@"NAME +STATUS +ROLES +AGE +VERSION\nn1 +Ready +<none> +\d+s", await RunAsync(program, "get nodes"));
        Assert.Matches("(?m)^deployments +deploy +apps/v1 +true +Deployment", await RunAsync(program, "api-resources"));

        await RunAsync(program, "-n demo label svc web a=b", "service/web labeled");
        await RunAsync(program, "-n demo annotate svc web a=b", "service/web annotate");
        await RunAsync(program, "-n demo label svc web a-", "labeled");
        await RunAsync(program, "-n demo scale deploy web --replicas=1", "deployment.apps/web scaled");
        await RunAsync(program, "-n demo patch svc web -p {\"spec\":{\"ports\":[{\"port\":80,\"name\":\"http\"}]}}", "service/web patched");
        await RunAsync(program, "-n demo rollout restart deploy/web", "deployment.apps/web restarted");
        await RunAsync(program, "-n demo expose deploy web --name=other --port=81", "service/other exposed");
        await RunAsync(program, "-n demo create serviceaccount robot", "serviceaccount/robot created");
        await RunAsync(program, "-n demo create configmap c --from-literal=a=b", "configmap/c created");
        await RunAsync(program, "-n demo create deployment quick --image=x", "deployment.apps/quick created");
        // Older ones know neither tokens nor the server's validation of fields.
        var minor = await MinorVersionAsync(program);
        if (minor >= 24)
        {
            await RunAsync(program, "-n demo create token robot", "eyJ");
        }
        await RunAsync(program, "auth can-i delete pods", "yes");
        await RunAsync(program, "-n demo describe deploy web", "ScalingReplicaSet");
        await RunAsync(program, "-n demo apply --server-side -f -", "serverside-applied", manifest.Replace("name: web}", "name: web2}"));
        await RunAsync(program, "-n demo delete svc web", "service \"web\" deleted");
        if (minor >= 25)
        {
            var wrong = manifest.Replace("spec: {selector", "spec: {colour: red, selector").Replace("name: web}", "name: web3}");
            Assert.Contains("unknown field \"spec.colour\"", await FailAsync(program, "-n demo create -f -", wrong));
        }
        Assert.Contains("Error from server (NotFound): services \"nope\" not found", await FailAsync(program, "-n demo get svc nope"));
        await RunAsync(program, "delete namespace demo --wait=false", "namespace \"demo\" deleted");
    }

    private async Task<int> MinorVersionAsync(string program)
    {
        var version = JsonNode.Parse(await RunAsync(program, "version --client -o json"))!;
        return int.Parse(((string)version["clientVersion"]!["minor"]!).TrimEnd('+'));
    }

    private async Task WaitForPodsAsync() => await _cluster.EventuallyAsync(
        async () => (await _cluster.ListAsync("/api/v1/namespaces/demo/pods?fieldSelector=spec.nodeName%3Dn1")).Count >= 2, "pods placed");

    /// <summary>
    /// A node agent in one loop: runs pods that are placed, removes those that are deleted, until the rollout is through.
    /// </summary>
    private async Task RunPodsAsync()
    {
        var address = 1;
        await _cluster.EventuallyAsync(async () =>
        {
            foreach (var pod in await _cluster.ListAsync("/api/v1/namespaces/demo/pods"))
            {
                var name = (string)pod["metadata"]!["name"]!;
                if (pod["metadata"]!["deletionTimestamp"] is not null)
                {
                    await _cluster.SendAsync(HttpMethod.Delete, $"/api/v1/namespaces/demo/pods/{name}", JsonNode.Parse("""{"gracePeriodSeconds":0}"""));
                }
                else if ((string?)pod["status"]!["phase"] == "Pending")
                {
                    await _cluster.RunPodAsync("demo", name, $"10.10.1.{++address}");
                }
            }
            var status = (await _cluster.GetAsync("/apis/apps/v1/namespaces/demo/deployments/web"))["status"]!;
            return (int?)status["updatedReplicas"] == 2 && (int?)status["availableReplicas"] == 2 && (int?)status["replicas"] == 2;
        }, "deployment rolled out");
    }

    private async Task<string> RunAsync(string program, string arguments, string? expected = null, string? input = null)
    {
        var (code, output, error) = await StartAsync(program, arguments, input);
        Assert.True(code == 0, $"{program} {arguments}: {code} {error}{output}");
        if (expected is not null)
        {
            Assert.Contains(expected, output);
        }
        return output;
    }

    private async Task<string> FailAsync(string program, string arguments, string? input = null)
    {
        var (code, _, error) = await StartAsync(program, arguments, input);
        Assert.NotEqual(0, code);
        return error;
    }

    private async Task<(int Code, string Output, string Error)> StartAsync(string program, string arguments, string? input)
    {
        var start = new ProcessStartInfo(program, arguments.Split(' '))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = Path.Combine(_home, "kubeconfig");
        start.Environment["HOME"] = _home;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
