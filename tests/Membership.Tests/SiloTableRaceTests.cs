using System.Collections.Concurrent;
using System.Net;
using Mesh.Kubernetes;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;

namespace Mesh.Membership.Tests;

/// <summary>Many silos at once, each with its own connection.</summary>
public sealed class SiloTableRaceTests : IAsyncLifetime
{
    private MeshCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await MeshCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Insert_ManySilosAtOneVersion_ExactlyOneWins()
    {
        var before = await _cluster.Table().ReadAsync(Cancelled);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => _cluster.Table().InsertAsync(Rows.Silo(i), 1, before.Etag, Cancelled)));
        Assert.Single(results, won => won);
        var after = await _cluster.Table().ReadAsync(Cancelled);
        Assert.Equal(1, after.Version);
        Assert.Equal(SiloRowName.Of(Rows.Silo(Array.IndexOf(results, true))), SiloRowName.Of(Assert.Single(after.Rows)));
    }

    [Fact]
    public async Task Insert_OneSiloManyTimes_ExactlyOneWins()
    {
        var before = await _cluster.Table().ReadAsync(Cancelled);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => _cluster.Table().InsertAsync(Rows.Silo(0), 1, before.Etag, Cancelled)));
        Assert.Single(results, won => won);
        Assert.Single((await _cluster.Table().ReadAsync(Cancelled)).Rows);
    }

    [Fact]
    public async Task Ensure_ManyAtOnce_MakesOneTable()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _cluster.Table().EnsureAsync(Cancelled)));
        Assert.Equal(0, (await _cluster.Table().ReadAsync(Cancelled)).Version);
    }

    /// <summary>
    /// Writers join and change their rows, give signs of life and are cut off in the middle of it all, and readers look on. Whoever sees a
    /// version sees the same rows as everybody else who sees it, and no change that was reported as made is missing.
    /// </summary>
    [Fact]
    public async Task Everything_AtOnceAndCutOffAnywhere_EveryVersionIsOneTable()
    {
        const int Writers = 6;
        const int Changes = 12;
        var seen = new ConcurrentDictionary<int, string>();
        var made = new ConcurrentDictionary<int, (string Row, string Status)>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadAsync(seen, done.Token), Cancelled)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(
            i => Task.Run(() => WriteAsync(i, Changes, made, new Random(i)), Cancelled)));
        await done.CancelAsync();
        var reads = (await Task.WhenAll(readers)).Sum();
        await RememberAsync(_cluster.Table(), seen);

        Assert.True(seen.Count > Writers, $"{reads} reads saw {seen.Count} versions");
        Assert.True(made.Count >= Writers, $"{made.Count} changes were made for sure");
        foreach (var (version, (row, status)) in made)
        {
            // A later version may have changed the row again; at its own version it is what was written.
            Assert.True(!seen.TryGetValue(version, out var rows) || rows.Contains($"{row}={status}@{version};", StringComparison.Ordinal),
                $"version {version}: {row}={status} is not in {rows}");
        }
        var last = await _cluster.Table().ReadAsync(Cancelled);
        Assert.Equal(Writers, last.Rows.Length);
        Assert.True(last.Version >= made.Keys.Max());
    }

    private async Task<int> ReadAsync(ConcurrentDictionary<int, string> seen, CancellationToken stop)
    {
        var table = _cluster.Table(await _cluster.ClientOfAsync(MeshCluster.Account));
        var (reads, newest) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            var version = await RememberAsync(table, seen);
            Assert.True(version >= newest, $"the version went from {newest} back to {version}");
            (newest, reads) = (version, reads + 1);
        }
        return reads;
    }

    private static async Task<int> RememberAsync(SiloTable table, ConcurrentDictionary<int, string> seen)
    {
        var snapshot = await table.ReadAsync(Cancelled);
        // Signs of life are no part of a version.
        var rows = string.Concat(snapshot.Rows.Select(r => $"{SiloRowName.Of(r)}={r.Status}@{r.Version};").Order());
        Assert.Equal(seen.GetOrAdd(snapshot.Version, rows), rows);
        return snapshot.Version;
    }

    private async Task WriteAsync(int writer, int changes, ConcurrentDictionary<int, (string, string)> made, Random random)
    {
        var table = _cluster.Table(await _cluster.ClientOfAsync(MeshCluster.Account));
        string[] statuses = ["Joining", "Active", "ShuttingDown", "Stopping"];
        var name = SiloRowName.Of(Rows.Silo(writer));
        var wanted = 0;
        while (wanted < changes)
        {
            using var cut = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            try
            {
                var snapshot = await table.ReadAsync(Cancelled);
                var row = Rows.Silo(writer, statuses[wanted % statuses.Length]);
                if (random.Next(3) == 0)
                {
                    cut.CancelAfter(TimeSpan.FromMilliseconds(random.Next(1, 12)));
                }
                var version = snapshot.Version + 1;
                var ok = snapshot.Rows.FirstOrDefault(r => SiloRowName.Of(r) == name) is { } mine
                    ? await table.UpdateAsync(row, mine.Version, version, snapshot.Etag, cut.Token)
                    : await table.InsertAsync(row, version, snapshot.Etag, cut.Token);
                if (ok)
                {
                    Assert.True(made.TryAdd(version, (name, row.Status!)), $"version {version} was made twice");
                    wanted++;
                }
                await table.HeartbeatAsync(name, Rows.Started.AddSeconds(wanted), Cancelled);
            }
            catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
            {
                // Cut off: made or not, nobody told. It goes on from what the table says.
            }
            catch (KubernetesException e) when (e.Status == HttpStatusCode.TooManyRequests)
            {
                // The API server protects itself.
            }
        }
    }
}
