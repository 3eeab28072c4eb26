namespace Mesh.Cli.Demo;

/// <summary>
/// The guide, step by step: a service in east called from west as if it were local, allowed and denied by the client's identity. Every
/// command is one a person can type into another terminal while the clusters are up.
/// </summary>
internal sealed class GuideScript(DemoContext demo, string sandboxArguments)
{
    private static readonly string[] Clusters = ["east", "west"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Rates are over the last minute, so they are right only after one.
    private static readonly TimeSpan RatePatience = TimeSpan.FromSeconds(100);

    public async Task RunAsync()
    {
        await StartClustersAsync();
        await InstallAsync();
        await LinkAsync();
        await ExportAsync();
        await SendTrafficAsync();
        await AuthorizeAsync();
        await DenyAsync();
        await UnexportAsync();
    }

    private async Task StartClustersAsync()
    {
        demo.Heading("1. Two clusters on one flat network");
        await demo.RunAsync($"mesh sandbox up{sandboxArguments}");
        foreach (var cluster in Clusters)
        {
            await demo.RunUntilAsync($"kubectl --context {cluster} get nodes", Patience, $"{cluster} has two nodes, both ready",
                text => DemoTable.Parse(text).Count(row => row["STATUS"] == "Ready") == 2);
        }
    }

    private async Task InstallAsync()
    {
        demo.Heading("2. The mesh in both, under one trust anchor");
        await demo.RunAsync("mesh certificates create --cluster east --cluster west --out certificates");
        foreach (var cluster in Clusters)
        {
            await demo.RunAsync(
                $"mesh --context {cluster} install --identity-trust-anchors-file certificates/ca.crt " +
                $"--identity-issuer-certificate-file certificates/{cluster}/issuer.crt " +
                $"--identity-issuer-key-file certificates/{cluster}/issuer.key --set installGatewayAPI=true " +
                $"| kubectl --context {cluster} apply -f -");
            // One cluster keeps the membership of the silos of all; any can.
            var join = cluster == Clusters[0] ? "" : $" --join {Clusters[0]}";
            await demo.RunAsync(
                $"mesh --context {cluster} multicluster install --gateway=false{join} | kubectl --context {cluster} apply -f -");
        }
        foreach (var cluster in Clusters)
        {
            await demo.RunUntilAsync($"kubectl --context {cluster} -n mesh-system get pods -o wide", Patience,
                $"{cluster} runs its silo and a proxy on each node",
                text => DemoTable.Parse(text).Count(row => row["READY"] == "1/1") >= 3);
            await demo.RunAsync($"mesh --context {cluster} check");
        }
    }

    private async Task LinkAsync()
    {
        demo.Heading("3. West follows what east exports");
        await demo.RunAsync(
            "mesh --context east multicluster link --cluster-name=target --gateway=false | kubectl --context west apply -f -");
        await demo.RunAsync("mesh --context west multicluster check");
    }

    private async Task ExportAsync()
    {
        demo.Heading("4. A service in east, exported");
        await demo.RunAsync("mesh --context east inject - < bb.yaml | kubectl --context east apply -f -");
        await demo.RunAsync("kubectl --context west create ns mc-demo");
        await demo.RunUntilAsync("kubectl --context east -n mc-demo get pods", Patience, "bb runs",
            text => DemoTable.Parse(text).Any(row => row["READY"] == "1/1"));
        await demo.RunAsync("kubectl --context east -n mc-demo label svc/bb mirror.linkerd.io/exported=remote-discovery");
        await MirrorAppearsAsync();
    }

    private async Task SendTrafficAsync()
    {
        demo.Heading("5. Traffic from west, straight to the pods in east");
        await demo.RunAsync("mesh --context west inject - < slow-cooker.yaml | kubectl --context west apply -f -");
        await demo.RunUntilAsync("mesh --context east viz stat -n mc-demo deploy", RatePatience,
            "bb answers about 10 requests a second, all of them well",
            text => DemoTable.Parse(text).Any(row =>
                row["NAME"] == "bb" && row["MESHED"] == "1/1" && row["SUCCESS"] == "100.00%" && IsAboutTen(row["RPS"])));
    }

    private async Task AuthorizeAsync()
    {
        demo.Heading("6. Only slow-cooker's service account may call bb");
        await demo.RunAsync("kubectl --context east apply -f policy.yaml");
        await demo.RunUntilAsync("mesh --context east viz authz -n mc-demo deploy", RatePatience,
            "bb-authz allows about 10 requests a second",
            text => DemoTable.Parse(text).Any(row =>
                row["AUTHORIZATION"] == "authorizationpolicy/bb-authz" && row["SUCCESS"] == "100.00%" && IsAboutTen(row["RPS"])));
    }

    private async Task DenyAsync()
    {
        demo.Heading("7. Another service account is refused, by its own identity");
        await demo.RunAsync("mesh --context west inject - < slow-cooker-evil.yaml | kubectl --context west apply -f -");
        await demo.RunUntilAsync("mesh --context east viz authz -n mc-demo deploy", RatePatience,
            "about 10 requests a second are unauthorized, and about 10 still allowed",
            text =>
            {
                var rows = DemoTable.Parse(text);
                return rows.Any(row => row["SERVER"] == "bb" && row["AUTHORIZATION"] == "" && IsAboutTen(row["UNAUTHORIZED"]))
                    && rows.Any(row => row["AUTHORIZATION"] == "authorizationpolicy/bb-authz" && IsAboutTen(row["RPS"]));
            });
        var evil = SlowCookerReport.Parse(await demo.RunAsync("kubectl --context west -n mc-demo logs deploy/slow-cooker-evil --tail=2"));
        demo.Expect("slow-cooker-evil gets nothing but refusals", evil is { Good: 0, Bad: > 0, Failed: 0 }, $"{evil}");
        var good = SlowCookerReport.Parse(await demo.RunAsync("kubectl --context west -n mc-demo logs deploy/slow-cooker --tail=2"));
        demo.Expect("slow-cooker has not had one failure", good is { Good: > 0, Bad: 0, Failed: 0 }, $"{good}");
    }

    private async Task UnexportAsync()
    {
        demo.Heading("8. No longer exported, and exported again");
        await demo.RunAsync("kubectl --context east -n mc-demo label svc/bb mirror.linkerd.io/exported-");
        await demo.RunUntilAsync("kubectl --context west -n mc-demo get svc --no-headers --ignore-not-found", Patience,
            "the mirror is gone", text => !text.Contains("bb-target", StringComparison.Ordinal));
        await demo.RunAsync("kubectl --context east -n mc-demo label svc/bb mirror.linkerd.io/exported=remote-discovery");
        await MirrorAppearsAsync();
    }

    private Task MirrorAppearsAsync() =>
        demo.RunUntilAsync("kubectl --context west -n mc-demo get svc", Patience, "west has the mirror service bb-target",
            text => DemoTable.Parse(text).Any(row =>
                row["NAME"] == "bb-target" && row["TYPE"] == "ClusterIP" && row["PORT(S)"] == "8080/TCP"));

    private static bool IsAboutTen(string rate) => DemoTable.Number(rate) is >= 9 and <= 11;
}
